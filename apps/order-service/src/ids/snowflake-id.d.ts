declare module 'snowflake-id' {
  /** Its JavaScript is a module whose default export is this class. */
  export default class Snowflake {
    constructor(options: { mid: number; offset: number });
    /** A decimal id; null for a time before the offset. */
    generate(): string | null;
  }
}
