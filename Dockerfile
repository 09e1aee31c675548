# syntax=docker/dockerfile:1
# One target per service: docker build --target cart-gateway .
ARG NODE=node:24-bookworm-slim

FROM ${NODE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY .swcrc ./
COPY libs libs
COPY apps apps
RUN npx swc apps libs --out-dir dist --quiet --ignore '**/*.spec.ts,**/*spec-kit.ts'

FROM ${NODE} AS production
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev && npm cache clean --force

# What all services share: nothing in it can be written by the user that runs it.
FROM ${NODE} AS service
WORKDIR /app
COPY --from=production /app/node_modules node_modules
COPY package.json LICENSE THIRD-PARTY-NOTICES.md ./
COPY --from=build /app/dist/libs dist/libs
USER node

FROM service AS cart-gateway
ENV HOST=0.0.0.0
COPY apps/cart-gateway/storefront apps/cart-gateway/storefront
COPY docs/openapi.json docs/openapi.json
COPY --from=build /app/dist/apps/cart-gateway dist/apps/cart-gateway
EXPOSE 3000
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s CMD ["node", "-e", \
  "fetch('http://127.0.0.1:3000/health/ready').then(({ ok }) => process.exit(ok ? 0 : 1))"]
CMD ["node", "--enable-source-maps", "--max-semi-space-size=16", "dist/apps/cart-gateway/src/main.js"]

# RPC listens where ORDER_RPC_LISTEN says, or ORDER_RPC: a private address, unless there is TLS.
FROM service AS order-service
COPY --from=build /app/dist/apps/order-service dist/apps/order-service
EXPOSE 9001
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s CMD ["node", "-e", \
  "const { hostname, port } = new URL(process.env.ORDER_RPC_LISTEN || process.env.ORDER_RPC);\
  const host = hostname.replace('[', '').replace(']', '');\
  require('node:net').connect(port, host).once('connect', () => process.exit(0))"]
CMD ["node", "--enable-source-maps", "--max-semi-space-size=16", "dist/apps/order-service/src/main.js"]

# And so by PAY_RPC_LISTEN, or PAY_RPC.
FROM service AS pay-service
COPY --from=build /app/dist/apps/pay-service dist/apps/pay-service
EXPOSE 9000
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s CMD ["node", "-e", \
  "const { hostname, port } = new URL(process.env.PAY_RPC_LISTEN || process.env.PAY_RPC);\
  const host = hostname.replace('[', '').replace(']', '');\
  require('node:net').connect(port, host).once('connect', () => process.exit(0))"]
CMD ["node", "--enable-source-maps", "--max-semi-space-size=16", "dist/apps/pay-service/src/main.js"]

FROM service AS wechat-sandbox
ENV HOST=0.0.0.0
# A volume that is mounted here is the user's own: the keys of the demo are made in it.
USER root
RUN install --directory --owner=node data
USER node
COPY scripts/demo-keys.mjs scripts/demo-keys.mjs
COPY --from=build /app/dist/apps/wechat-sandbox dist/apps/wechat-sandbox
EXPOSE 9100
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s CMD ["node", "-e", \
  "require('node:net').connect(9100, '127.0.0.1').once('connect', () => process.exit(0))"]
CMD ["node", "--enable-source-maps", "--max-semi-space-size=16", "dist/apps/wechat-sandbox/src/main.js"]
