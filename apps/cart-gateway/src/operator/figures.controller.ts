import { Controller } from '@nestjs/common';
import { Day, statistics } from '@saoma/contracts/statistics';
import { z } from 'zod';
import { OrderClient } from '../clients';
import { Answers } from '../rest/answers';
import { type Asked, from, route } from '../rest/route';

const statisticsOfDay = route({
  method: 'GET',
  path: '/api/statistics',
  summary: 'The payments that were made on a day in figures, whole and by the hour.',
  description: 'As they were at most five seconds ago.',
  operator: true,
  query: z.strictObject({
    day: Day.optional().describe("The day, by Beijing's time; by default today."),
  }),
  ...from(statistics.methods.statistics),
});

const beijingMs = 8 * 3_600_000;
const today = () => new Date(Date.now() + beijingMs).toISOString().slice(0, 10);

/** Figures for a console. */
@Controller()
export class FiguresController {
  constructor(private readonly order: OrderClient) {}

  @Answers(statisticsOfDay)
  statisticsOfDay({ query }: Asked<typeof statisticsOfDay>) {
    return this.order.statistics({ day: query.day ?? today() });
  }
}
