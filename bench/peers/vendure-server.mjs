// Vendure as it comes, with three products and its own dummy payment, in a folder of its own that
// has its packages: the bench copies this file there. Its parent is told when it is ready.
import { writeFileSync } from 'node:fs';
import { bootstrap, DefaultLogger, dummyPaymentHandler, LogLevel } from '@vendure/core';
import { populate } from '@vendure/core/cli/populate.js';

const { PORT, DATABASE_PORT, DATABASE, IMPORT_FOLDER } = process.env;

const config = (synchronize) => ({
  apiOptions: { port: Number(PORT), hostname: '127.0.0.1', shopApiPath: 'shop-api' },
  authOptions: {
    tokenMethod: ['bearer'],
    superadminCredentials: { identifier: 'superadmin', password: 'superadmin' },
    requireVerification: false,
  },
  dbConnectionOptions: {
    type: 'mariadb',
    host: '127.0.0.1',
    port: Number(DATABASE_PORT),
    username: 'root',
    database: DATABASE,
    synchronize,
    migrations: [],
    logging: false,
  },
  paymentOptions: { paymentMethodHandlers: [dummyPaymentHandler] },
  logger: new DefaultLogger({ level: LogLevel.Error }),
  importExportOptions: { importAssetsDir: IMPORT_FOLDER },
  plugins: [],
});

const initialData = {
  defaultLanguage: 'en',
  defaultZone: 'Asia',
  countries: [{ name: 'China', code: 'CN', zone: 'Asia' }],
  taxRates: [{ name: 'Standard Tax', percentage: 0 }],
  shippingMethods: [{ name: 'Standard Shipping', price: 0 }],
  paymentMethods: [
    {
      name: 'Dummy',
      handler: {
        code: dummyPaymentHandler.code,
        arguments: [{ name: 'automaticSettle', value: 'true' }],
      },
    },
  ],
  collections: [],
};

const columns =
  'name,slug,description,assets,facets,optionGroups,optionValues,sku,price,taxCategory,' +
  'stockOnHand,trackInventory,variantAssets,variantFacets';
const products = [1, 2, 3].map(
  (n) => `Tea ${n},tea-${n},,,,,,T${n},59.90,standard,1000000,false,,`,
);
const file = `${IMPORT_FOLDER}/products.csv`;
writeFileSync(file, [columns, ...products].join('\n'));

const filling = await populate(() => bootstrap(config(true)), initialData, file);
await filling.close();
await bootstrap(config(false));
process.send?.('ready');
process.once('disconnect', () => process.exit());
