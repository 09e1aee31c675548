import { Controller } from '@nestjs/common';
import { Text, UserId } from '@saoma/contracts/values';
import { z } from 'zod';
import { Answers } from '../rest/answers';
import { type Asked, route } from '../rest/route';
import { dropCookie, keepCookie } from './cookie';
import { Tokens } from './tokens';

const User = z.strictObject({
  user_id: UserId.describe('Who signs in: anybody you like.'),
  roles: z
    .array(Text(64))
    .max(16)
    .default([])
    .meta({
      description: 'What they may do; `operator` sees everybody.',
      examples: [['operator']],
    }),
});

const signIn = route({
  method: 'POST',
  path: '/api/session',
  summary: 'Signs in, in the demo.',
  description:
    'Sets the cookie `saoma_session`. Only with `DEMO=true`; elsewhere the identity provider ' +
    'gives out tokens, and this is 404.',
  open: true,
  body: User,
  answers: { 200: User.describe('Who is signed in; the cookie came along.') },
  errors: ['request/not-found'],
});

const signOut = route({
  method: 'DELETE',
  path: '/api/session',
  summary: 'Signs out: drops the session cookie.',
  open: true,
  answers: { 204: 'The cookie is dropped, if there was one.' },
});

/** Signing out is there for everybody; how one signs in is the identity provider's business. */
@Controller()
export class SessionController {
  @Answers(signOut)
  signOut({ request, reply }: Asked<typeof signOut>): undefined {
    reply.header('set-cookie', dropCookie(request.protocol === 'https'));
  }
}

/** Anybody may be anyone: mounted with DEMO=true only. */
@Controller()
export class DemoSessionController {
  constructor(private readonly tokens: Tokens) {}

  @Answers(signIn)
  async signIn({ body, request, reply }: Asked<typeof signIn>) {
    const token = await this.tokens.issue(body.user_id, body.roles);
    reply.header('set-cookie', keepCookie(token, request.protocol === 'https'));
    return body;
  }
}
