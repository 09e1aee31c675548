import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** Where the script that draws the code is served; `STOREFRONT_QR` chooses. */
export const qrPluginPaths = { qrious: '/plugins/qrious.min.js', svg: '/plugins/qrcode.js' };

/** That script, from its package. The package that is not chosen need not be there. */
export function qrPlugin(kind: keyof typeof qrPluginPaths): Buffer {
  if (kind === 'qrious') return readFileSync(require.resolve('qrious/dist/qrious.min.js'));
  const licences = ['qrcode/license', 'dijkstrajs/LICENSE.md'].map((file) => {
    const from = createRequire(require.resolve('qrcode/package.json'));
    return `/*\n${readFileSync(from.resolve(file), 'utf8')}*/\n`;
  });
  const script = inOneScript(require.resolve('qrcode/lib/browser.js'), 'QRCode');
  return Buffer.from(licences.join('') + script);
}

/**
 * A package of CommonJS modules for browsers, which know none: each module is a function, and what
 * the first one exports becomes a global of this name.
 */
function inOneScript(entry: string, name: string): string {
  const files = [entry];
  const modules: string[] = [];
  // It grows while it is read: by what each file requires.
  for (const file of files) {
    const { resolve } = createRequire(file);
    const text = readFileSync(file, 'utf8').replace(
      /\brequire\('([^']+)'\)/g,
      (_call, wanted: string) => {
        const found = resolve(wanted);
        if (!files.includes(found)) files.push(found);
        return `load(${files.indexOf(found)})`;
      },
    );
    modules.push(`(module, exports) => {\n${text}\n}`);
  }
  return `(() => {
const made = [];
const load = (index) => {
  if (made[index] === undefined) {
    made[index] = { exports: {} };
    modules[index](made[index], made[index].exports);
  }
  return made[index].exports;
};
const modules = [${modules.join(',\n')}];
globalThis.${name} = load(0);
})();
`;
}
