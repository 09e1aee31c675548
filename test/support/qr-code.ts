import jsQR from 'jsqr';
import { PNG } from 'pngjs';

/** The text of the QR code in a picture (PNG), or null if there is none that can be read. */
export function readQrCode(png: Buffer): string | null {
  const { data, width, height } = PNG.sync.read(png);
  return jsQR(new Uint8ClampedArray(data), width, height)?.data ?? null;
}
