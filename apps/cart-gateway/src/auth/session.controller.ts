import { Controller } from '@nestjs/common';
import { Text, UserId } from '@saoma/contracts/values';
import { z } from 'zod';
import { Answers } from '../rest/answers';
import { type Asked, route } from '../rest/route';
import { dropCookie, keepCookie } from './cookie';
import { Tokens } from './tokens';

const roles = z.array(Text(64)).max(16);

const signIn = route({
  method: 'POST',
  path: '/api/session',
  summary: 'Demo sign-in: sets the session cookie. Only with DEMO=true.',
  open: true,
  body: z.strictObject({ user_id: UserId, roles: roles.default([]) }),
  answers: { 200: z.strictObject({ user_id: UserId, roles }) },
  errors: ['auth/foreign-origin', 'request/not-found'],
});

const signOut = route({
  method: 'DELETE',
  path: '/api/session',
  summary: 'Drops the session cookie.',
  open: true,
  answers: { 204: null },
  errors: ['auth/foreign-origin'],
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
