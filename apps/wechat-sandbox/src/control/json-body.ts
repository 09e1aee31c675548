import { BadRequestException, type PipeTransform } from '@nestjs/common';
import { z } from 'zod';

/** Reads the raw body as JSON of this shape, whatever its content type; 400 says what is wrong. */
export class JsonBody<S extends z.ZodType> implements PipeTransform<unknown, z.output<S>> {
  constructor(private readonly schema: S) {}

  transform(body: unknown): z.output<S> {
    let given: unknown;
    try {
      given = JSON.parse(Buffer.isBuffer(body) ? body.toString('utf8') : '');
    } catch {
      throw new BadRequestException('the body is not JSON');
    }
    const result = this.schema.safeParse(given);
    if (result.success) return result.data;
    const issues = result.error.issues.map(({ path, message }) => [...path, message].join(': '));
    throw new BadRequestException(issues.join('; '));
  }
}
