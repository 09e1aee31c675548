import { Controller } from '@nestjs/common';
import { z } from 'zod';
import { Answers } from '../rest/answers';
import { type Asked, route } from '../rest/route';
import { OpenApi } from './openapi';

const openapi = route({
  method: 'GET',
  path: '/openapi.json',
  summary: 'This document.',
  open: true,
  answers: {
    200: z.looseObject({}).meta({ description: 'OpenAPI 3.1.', examples: [{ openapi: '3.1.0' }] }),
  },
});

/** The description of the outer face, for people and generators. */
@Controller()
export class OpenApiController {
  constructor(private readonly openApi: OpenApi) {}

  @Answers(openapi)
  openapi(_: Asked<typeof openapi>) {
    return this.openApi.document;
  }
}
