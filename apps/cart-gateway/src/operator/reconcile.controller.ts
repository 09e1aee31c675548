import { Readable } from 'node:stream';
import { Controller } from '@nestjs/common';
import { BillDay } from '@saoma/contracts/bills';
import { AppError } from '@saoma/contracts/errors';
import type { OrderOutput } from '@saoma/contracts/order';
import { BillKind, reconciliations } from '@saoma/contracts/reconciliations';
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
    'It is done soon: `under_way` of the day says whether it still is to be. WeChat is asked for ' +
    'the file anew; the same one again changes nothing, another one is kept in its place.',
  operator: true,
  params,
  answers: { 202: reconciliations.methods.reconcile.output.describe('It will be done.') },
  errors: from(reconciliations.methods.reconcile).errors,
});

/** The document has no word for bytes but this. */
const GzipFile = z.string().meta({
  description:
    'The file as it is kept: UTF-8 with a byte order mark, zipped. Its name has the day, which ' +
    'bill it is, and the SHA1 of what is in it: that of `gunzip --stdout FILE | sha1sum`.',
  contentMediaType: 'application/gzip',
  examples: ['a gzip file'],
});

const billFile = route({
  method: 'GET',
  path: '/api/reconciliations/:day/files/:kind',
  summary: 'The raw file of a day, as WeChat gave it.',
  description:
    'It is sent piece by piece. A connection that ends before the file does means that another ' +
    'file has taken its place, or that a service is away: begin anew.',
  operator: true,
  params: z.strictObject({ day: BillDay, kind: BillKind }),
  answers: { 200: GzipFile },
  type: 'application/gzip',
  errors: from(reconciliations.methods.billFile).errors,
});

type File = Asked<typeof billFile>['params'];
type Piece = OrderOutput<'billFile'>;

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

  @Answers(billFile)
  async billFile({ params, reply }: Asked<typeof billFile>) {
    const first = await this.order.billFile({ ...params, piece: 0 });
    const name = `${params.day}-${params.kind}-${first.bill_hash}.csv.gz`;
    reply.header('content-disposition', `attachment; filename="${name}"`);
    return Readable.from(this.bytesOf(params, first));
  }

  /** Each piece is asked for once the one before it has gone out. */
  private async *bytesOf(file: File, first: Piece): AsyncGenerator<Buffer, void> {
    for (let told = first; ; ) {
      yield Buffer.from(told.bytes_base64, 'base64');
      if (told.next_piece === null) return;
      told = await this.order.billFile({ ...file, piece: told.next_piece });
      if (told.bill_hash !== first.bill_hash) throw new AppError('reconciliation/no-file');
    }
  }
}
