import { architectureFile, architecturePage } from './architecture';
import { composeFile, composeWithVariables } from './compose';
import { decisionsPage } from './decisions';
import { envExample } from './env-example';
import { environmentPage, sandboxFile, sandboxPage } from './environment';
import { metricsPage } from './metrics';
import { openApiFile } from './openapi/file';
import { operatingFile, operatingPage } from './operating';
import { problemsPage } from './problems';
import { rpcPage } from './rpc';
import { tablesPage } from './tables';
import { noticesFile, noticesPage } from './third-party';
import { messageSchemaFiles, webhooksFile, webhooksPage } from './webhooks';

/** Every file that is written from the code, whole or in part: its path and how it is made. */
export const generatedPages: Readonly<Record<string, () => string>> = {
  'docs/rpc.md': rpcPage,
  'docs/openapi.json': openApiFile,
  'docs/environment.md': environmentPage,
  '.env.example': envExample,
  [composeFile]: composeWithVariables,
  [sandboxFile]: sandboxPage,
  'docs/tables.md': tablesPage,
  'docs/metrics.md': metricsPage,
  'docs/decisions/README.md': decisionsPage,
  'docs/problems/README.md': problemsPage,
  [architectureFile]: architecturePage,
  [noticesFile]: noticesPage,
  [operatingFile]: operatingPage,
  [webhooksFile]: webhooksPage,
  ...messageSchemaFiles,
};
