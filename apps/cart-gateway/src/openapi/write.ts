import 'reflect-metadata';
import { writeFileSync } from 'node:fs';
import { controllers } from '../gateway.module';
import { OpenApi } from './openapi';

// A program of its own: it writes docs/openapi.json, which is committed and compared by a test.
const { document } = new OpenApi(controllers);
writeFileSync('docs/openapi.json', `${JSON.stringify(document, null, 2)}\n`);
