import { join } from 'node:path';
import ts from 'typescript';

/** A class whose methods answer calls. */
export interface Handlers {
  readonly name: string;
  /** The contract that it serves, by the name of its constant; none of a controller of routes. */
  readonly contract: string | undefined;
  /** The codes that each method can throw, by its name. */
  readonly thrown: ReadonlyMap<string, ReadonlySet<string>>;
}

/** A piece of code: the codes that stand in it, and the pieces that it names. */
interface Piece {
  readonly codes: string[];
  readonly names: ts.Node[];
}

/**
 * Follows the code from each method of a controller as far as it goes, and finds every
 * `new AppError('code')` on the way. What may run counts as run: nothing is known of conditions,
 * nor of what a `catch` keeps to itself.
 */
export class ThrownCodes {
  private readonly checker: ts.TypeChecker;
  private readonly classes: readonly ts.ClassDeclaration[];
  private readonly pieces = new Map<ts.Node, Piece>();

  /** `errorsOf` names the errors that a contract's method declares. */
  constructor(
    program: ts.Program,
    private readonly errorsOf: (contract: string, method: string) => readonly string[],
  ) {
    this.checker = program.getTypeChecker();
    const ours = program.getSourceFiles().filter(isOurs);
    this.classes = ours.flatMap(({ statements }) => statements.filter(ts.isClassDeclaration));
  }

  controllers(): Handlers[] {
    return this.classes.flatMap((kind) => {
      const name = kind.name?.text ?? '';
      if (!name.endsWith('Controller')) return [];
      const methods = kind.members.filter(ts.isMethodDeclaration);
      const thrown = methods.map((one) => [one.name.getText(), this.thrownBy(one)] as const);
      const decorators = ts.getDecorators(kind)?.map(({ expression }) => expression);
      return [{ name, contract: contractOf(decorators), thrown: new Map(thrown) }];
    });
  }

  private thrownBy(handler: ts.Node): ReadonlySet<string> {
    const codes = new Set<string>();
    const way = new Set([handler]);
    for (const node of way) {
      const piece = this.pieces.get(node) ?? this.look(node, { codes: [], names: [] });
      this.pieces.set(node, piece);
      for (const code of piece.codes) codes.add(code);
      for (const next of piece.names) way.add(next);
    }
    return codes;
  }

  private look(node: ts.Node, piece: Piece): Piece {
    if (ts.isTypeNode(node)) return piece;
    if (ts.isNewExpression(node) && node.expression.getText() === 'AppError') {
      piece.codes.push(...this.literalsOf(node.arguments?.[0]));
    }
    if (ts.isIdentifier(node)) {
      const symbol = this.symbolAt(node);
      piece.names.push(...(symbol?.declarations ?? []).flatMap((one) => this.codeOf(one)));
      // What is made of a type, as the calls of a client are of its contract, stands nowhere.
      if (symbol && !symbol.declarations) piece.codes.push(...this.declaredErrors(node));
    }
    ts.forEachChild(node, (child) => void this.look(child, piece));
    return piece;
  }

  /** What a code can be; of one that is not written down, the text says so. */
  private literalsOf(argument: ts.Expression | undefined): string[] {
    const type = argument && this.checker.getTypeAtLocation(argument);
    const parts = type?.isUnion() ? type.types : [type];
    return parts.map((part) => (part?.isStringLiteral() ? part.value : `? ${argument?.getText()}`));
  }

  private symbolAt(node: ts.Node): ts.Symbol | undefined {
    const symbol = this.checker.getSymbolAtLocation(node);
    const isAlias = symbol && (symbol.flags & ts.SymbolFlags.Alias) !== 0;
    return isAlias ? this.checker.getAliasedSymbol(symbol) : symbol;
  }

  /** The code that a name stands for: a function, a constructor, or a method of whoever has it. */
  private codeOf(declaration: ts.Declaration): readonly ts.Node[] {
    if (!isOurs(declaration.getSourceFile()) || ts.isParameter(declaration)) return [];
    if (ts.isClassDeclaration(declaration)) {
      return declaration.members.filter(ts.isConstructorDeclaration);
    }
    if (!ts.isFunctionLike(declaration) && !('initializer' in declaration)) return [];
    const { name, parent } = declaration as ts.NamedDeclaration;
    if (!ts.isInterfaceDeclaration(parent) && !ts.isClassDeclaration(parent)) return [declaration];
    const heirs = this.classes.filter((kind) => this.inherits(kind, parent.name));
    const members = heirs.flatMap((heir) => [...heir.members]);
    return [declaration, ...members.filter((one) => one.name?.getText() === name?.getText())];
  }

  private inherits(kind: ts.ClassDeclaration, parent: ts.Identifier | undefined): boolean {
    const wanted = parent && this.symbolAt(parent);
    return parentsOf(kind).some((expression) => this.symbolAt(expression) === wanted);
  }

  /** The errors of a call to another service: `this.pay.refund` of a `ClientOf(payService)`. */
  private declaredErrors(name: ts.Identifier): readonly string[] {
    if (!ts.isPropertyAccessExpression(name.parent)) return [];
    const { symbol } = this.checker.getTypeAtLocation(name.parent.expression);
    const kind = symbol?.valueDeclaration;
    const contract = kind && ts.isClassDeclaration(kind) ? contractOf(parentsOf(kind)) : undefined;
    return contract ? this.errorsOf(contract, name.text) : [];
  }
}

const parentsOf = ({ heritageClauses = [] as never }: ts.ClassDeclaration) =>
  heritageClauses.flatMap(({ types }) => types.map(({ expression }) => expression));

/** The `x` of the first `Serves(x)` or `ClientOf(x)`. */
function contractOf(expressions: readonly ts.Expression[] = []): string | undefined {
  const texts = expressions.map((expression) => expression.getText());
  return texts.map((text) => /^(?:Serves|ClientOf)\((\w+)\)$/.exec(text)?.[1]).find(Boolean);
}

const isOurs = ({ fileName }: ts.SourceFile) => /\/(apps|libs)\/[^/]+\/src\//.test(fileName);

/** The program that these files are the beginning of, as tsconfig.json says. */
export function programOf(root: string, files: readonly string[]): ts.Program {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
  const own = { ...config, include: undefined, files };
  const { options, fileNames } = ts.parseJsonConfigFileContent(own, ts.sys, root);
  return ts.createProgram(fileNames, options);
}
