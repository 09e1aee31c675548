/** What the tests use of pngjs, which brings no types. */
declare module 'pngjs' {
  export class PNG {
    static readonly sync: {
      /** Pixels as red, green, blue and alpha bytes. */
      read(bytes: Buffer): { data: Buffer; width: number; height: number };
    };
  }
}
