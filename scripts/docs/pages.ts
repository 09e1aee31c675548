import { architectureFile, architecturePage } from './architecture';
import { decisionsPage } from './decisions';
import { environmentPage } from './environment';
import { openApiFile } from './openapi';
import { problemsPage } from './problems';
import { rpcPage } from './rpc';
import { tablesPage } from './tables';

/** Every file of docs/ that is written from the code: its path and how it is made. */
export const generatedPages: Readonly<Record<string, () => string>> = {
  'docs/rpc.md': rpcPage,
  'docs/openapi.json': openApiFile,
  'docs/environment.md': environmentPage,
  'docs/tables.md': tablesPage,
  'docs/decisions/README.md': decisionsPage,
  'docs/problems/README.md': problemsPage,
  [architectureFile]: architecturePage,
};
