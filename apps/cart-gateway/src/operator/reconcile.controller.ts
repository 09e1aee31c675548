import { Controller } from '@nestjs/common';
import { BillDay } from '@saoma/contracts/bills';
import { reconciliations } from '@saoma/contracts/reconciliations';
import { z } from 'zod';
import { OrderClient } from '../clients';
import { Answers } from '../rest/answers';
import { orNull, pageQuery } from '../rest/page-query';
import { type Asked, from, route } from '../rest/route';

const path = '/api/reconciliations/:day';
const params = z.strictObject({ day: BillDay });

const listReconciliations = route({
  method: 'GET',
  path: '/api/reconciliations',
  summary: "The days that were compared with WeChat's bills, newest first.",
  operator: true,
  query: z.strictObject({
    cursor: orNull(BillDay.describe('The `cursor` in the answer of the previous page.')),
    limit: pageQuery.limit,
  }),
  ...from(reconciliations.methods.listReconciliations),
});

const getReconciliation = route({
  method: 'GET',
  path,
  summary: 'One day beside its bill: what it has come to, and what was found.',
  operator: true,
  params,
  query: z.strictObject(pageQuery),
  ...from(reconciliations.methods.getReconciliation),
});

const reconcile = route({
  method: 'POST',
  path,
  summary: 'Has a day compared with its bill, again if it was before.',
  description:
    'It is done soon: `under_way` of the day says whether it still is to be. The same file again ' +
    'changes nothing.',
  operator: true,
  params,
  answers: { 202: reconciliations.methods.reconcile.output.describe('It will be done.') },
  errors: from(reconciliations.methods.reconcile).errors,
});

/** The daily comparison with WeChat's bills. */
@Controller()
export class ReconcileController {
  constructor(private readonly order: OrderClient) {}

  @Answers(listReconciliations)
  listReconciliations({ query }: Asked<typeof listReconciliations>) {
    return this.order.listReconciliations(query);
  }

  @Answers(getReconciliation)
  getReconciliation({ params, query }: Asked<typeof getReconciliation>) {
    return this.order.getReconciliation({ ...params, ...query });
  }

  @Answers(reconcile)
  reconcile({ params }: Asked<typeof reconcile>) {
    return this.order.reconcile(params);
  }
}
