import { readFileSync } from 'node:fs';
import { Controller } from '@nestjs/common';
import { projectPath } from '@saoma/platform/project';
import { z } from 'zod';
import { Answers } from '../rest/answers';
import { type Asked, route } from '../rest/route';

const openapi = route({
  method: 'GET',
  path: '/openapi.json',
  summary: 'This document.',
  open: true,
  answers: {
    200: z.looseObject({}).meta({ description: 'OpenAPI 3.1.', examples: [{ openapi: '3.1.0' }] }),
  },
});

/** The description of the outer face, for people and generators; `npm run docs` writes it. */
@Controller()
export class OpenApiController {
  private readonly document = JSON.parse(readFileSync(projectPath('docs/openapi.json'), 'utf8'));

  @Answers(openapi)
  openapi(_: Asked<typeof openapi>) {
    return this.document;
  }
}
