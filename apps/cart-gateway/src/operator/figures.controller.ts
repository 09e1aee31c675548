import { Controller } from '@nestjs/common';
import { Day, statistics } from '@saoma/contracts/statistics';
import { beijingDay } from '@saoma/platform/beijing';
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

@Controller()
export class FiguresController {
  constructor(private readonly order: OrderClient) {}

  @Answers(statisticsOfDay)
  statisticsOfDay({ query }: Asked<typeof statisticsOfDay>) {
    return this.order.statistics({ day: query.day ?? beijingDay(Date.now()) });
  }
}
