import jsQR from 'jsqr';
import { PNG } from 'pngjs';

function found(png: Buffer) {
  const { data, width, height } = PNG.sync.read(png);
  return jsQR(new Uint8ClampedArray(data), width, height);
}

/** The text of the QR code in a picture (PNG), or null if there is none that can be read. */
export const readQrCode = (png: Buffer): string | null => found(png)?.data ?? null;

/** How big that code is: 1 has 21 modules a side, each further one 4 more. */
export const versionOfQrCode = (png: Buffer): number | null => found(png)?.version ?? null;
