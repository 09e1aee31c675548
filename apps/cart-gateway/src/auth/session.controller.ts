import { Controller } from '@nestjs/common';
import { Text, UserId } from '@saoma/contracts/values';
import { sentence } from '@saoma/contracts/words';
import { Proxies } from '@saoma/platform/http/proxies';
import { z } from 'zod';
import { Answers } from '../rest/answers';
import { type Asked, route } from '../rest/route';
import { roles, signedInOf } from '../rest/user';
import { dropCookie, keepCookie } from './cookie';
import { Tokens } from './tokens';

const User = z.strictObject({
  user_id: UserId.refine(
    (name) => name.trim() !== '',
    sentence('Please fill this in.', '请填写此项。'),
  ).describe('The user to sign in as: any name.'),
  roles: z
    .array(Text(64))
    .max(16)
    .default([])
    .meta({
      description:
        'The roles of the user; `operator` may see and change the payments of all users, ' +
        '`auditor` may see them, `shop` is a program of the shop.',
      examples: [['operator']],
    }),
});

const signIn = route({
  method: 'POST',
  path: '/api/session',
  summary: 'Signs in. Only in the demo.',
  description:
    'Sets the cookie `saoma_session`. Without `DEMO=true` this is 404, and tokens come from the ' +
    'identity provider.',
  open: true,
  body: User,
  answers: { 200: User.describe('The user is signed in; the cookie is in `Set-Cookie`.') },
  errors: ['request/not-found'],
});

const whoIs = route({
  method: 'GET',
  path: '/api/session',
  summary: 'Who is signed in.',
  answers: {
    200: z
      .strictObject({
        user_id: UserId.describe("The `sub` of the user's token."),
        roles: z
          .array(z.enum(roles))
          .meta({ description: 'Those of its `roles` that mean something.', examples: [[]] }),
      })
      .describe('The user who is signed in.'),
  },
});

const signOut = route({
  method: 'DELETE',
  path: '/api/session',
  summary: 'Signs out: deletes the session cookie.',
  open: true,
  answers: { 204: 'The cookie, if there was one, is deleted.' },
});

/** Asking and signing out work for everybody; signing in is done at the identity provider. */
@Controller()
export class SessionController {
  constructor(private readonly proxies: Proxies) {}

  @Answers(whoIs)
  whoIs({ user, request }: Asked<typeof whoIs>) {
    return { user_id: user.user_id, roles: [...(signedInOf(request)?.roles ?? [])] };
  }

  @Answers(signOut)
  signOut({ request, reply }: Asked<typeof signOut>): undefined {
    reply.header('set-cookie', dropCookie(this.proxies.seen(request.raw).scheme === 'https'));
  }
}

/** Anybody may be anyone: mounted with DEMO=true only. */
@Controller()
export class DemoSessionController {
  constructor(
    private readonly tokens: Tokens,
    private readonly proxies: Proxies,
  ) {}

  @Answers(signIn)
  async signIn({ body, request, reply }: Asked<typeof signIn>) {
    const token = await this.tokens.issue(body.user_id, body.roles);
    const { scheme } = this.proxies.seen(request.raw);
    reply.header('set-cookie', keepCookie(token, scheme === 'https'));
    return body;
  }
}
