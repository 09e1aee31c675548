import { Controller } from '@nestjs/common';
import { Forgotten, personalData } from '@saoma/contracts/personal-data';
import { UserId } from '@saoma/contracts/values';
import { z } from 'zod';
import { OrderClient } from '../clients';
import { Answers } from '../rest/answers';
import { type Asked, from, route } from '../rest/route';

const forget = route({
  method: 'POST',
  path: '/api/forgotten-users',
  summary: "Makes the receivers of a user's orders unreadable, and empties the user's cart.",
  description:
    'Names, phone numbers and addresses are gone for good; what is about money stays. Refused ' +
    'while a payment of the user can still be paid: close it first. Goods that are paid and not ' +
    'sent yet cannot be sent any more. Safe to repeat; do so until `is_done`.',
  operator: true,
  body: z.strictObject({ user_id: UserId.describe('Whose personal data it is.') }),
  answers: { 200: Forgotten },
  errors: from(personalData.methods.forget).errors,
});

/** What is kept of people. */
@Controller()
export class ForgetController {
  constructor(private readonly order: OrderClient) {}

  @Answers(forget)
  forget({ user, body }: Asked<typeof forget>) {
    return this.order.forget({ user_id: user.user_id, forgotten: body.user_id });
  }
}
