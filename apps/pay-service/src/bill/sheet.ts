import { BillError } from './bill-file';

/** Texts of the merchant's own, which may look like the ends of fields. */
const freeTexts = ['商品名称', '商户数据包'];
/** At the end of a file. */
const blankLinesMax = 8;

/** The names of a line of names, and where each stands. */
export class Columns {
  private readonly places: ReadonlyMap<string, number>;
  /** What stands behind this place is counted from the end, because free texts may be split. */
  private readonly lastFreeText: number;
  readonly count: number;

  constructor(line: string) {
    // Brackets are spelled in both widths.
    const names = line
      .split(',')
      .map((name) => bare(name.trim()).replace('(', '（').replace(')', '）'));
    this.count = names.length;
    this.places = new Map(names.map((name, place) => [name, place]));
    if (this.places.size < names.length) throw new BillError('two of its columns have one name');
    this.lastFreeText = Math.max(...freeTexts.map((name) => this.places.get(name) ?? -1));
  }

  /** Where the first of these names stands that there is. */
  find(names: readonly string[]): number | undefined {
    const name = names.find((each) => this.places.has(each));
    return name === undefined ? undefined : this.places.get(name);
  }

  fields(line: string): Fields {
    const texts = line.slice(1).split(',`');
    const extra = texts.length - this.count;
    if (extra < 0 || (extra > 0 && this.lastFreeText < 0)) {
      throw new BillError(`a row has ${texts.length} fields and not ${this.count}`);
    }
    return { texts, extra, lastFreeText: this.lastFreeText };
  }
}

/** The texts of a row; those behind the free ones are `extra` further back than their names. */
export interface Fields {
  readonly texts: readonly string[];
  readonly extra: number;
  readonly lastFreeText: number;
}

export function textAt({ texts, extra, lastFreeText }: Fields, place: number): string {
  return texts[place > lastFreeText ? place + extra : place] ?? '';
}

const bare = (text: string) => (text.startsWith('`') ? text.slice(1) : text);

/**
 * The four parts of every bill of WeChat's: names, rows, names of sums, sums. Lines of names have
 * no backtick; each field of the others begins with one. Takes the lines one by one.
 */
export class Sheet {
  private names: Columns | undefined;
  private sumNames: Columns | undefined;
  private sums: Fields | undefined;
  private linesBehind = 0;

  get columns(): Columns {
    if (!this.names) throw new BillError('it does not begin with the names of its columns');
    return this.names;
  }

  /** The fields of a row; undefined if the line is none. */
  read(line: string): Fields | undefined {
    if (this.sums) {
      this.linesBehind += 1;
      if (line === '' && this.linesBehind <= blankLinesMax) return undefined;
      throw new BillError('it goes on behind its sums');
    }
    if (line.startsWith('`')) {
      if (!this.sumNames) return this.columns.fields(line);
      this.sums = this.sumNames.fields(line);
    } else if (!this.names) {
      this.names = new Columns(line);
    } else if (this.sumNames) {
      throw new BillError('it has a line of names too many');
    } else {
      this.sumNames = new Columns(line);
    }
    return undefined;
  }

  /** Call it behind the last line. The text of the first of these sums that there is. */
  sumOf(names: readonly string[]): string | undefined {
    if (!this.sums || !this.sumNames) throw new BillError('it ends without its sums: it was cut');
    const place = this.sumNames.find(names);
    return place === undefined ? undefined : textAt(this.sums, place);
  }
}
