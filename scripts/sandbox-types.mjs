// What a TypeScript test sees of the sandbox's package: every type spelled out, so that the package
// needs no other one for its types. The compiler says what each is; this only writes it down.
import { join } from 'node:path';
import ts from 'typescript';

const { ModifierFlags, SymbolFlags, TypeFlags } = ts;
const plain =
  TypeFlags.StringLike |
  TypeFlags.NumberLike |
  TypeFlags.BooleanLike |
  TypeFlags.AnyOrUnknown |
  TypeFlags.VoidLike |
  TypeFlags.Null |
  TypeFlags.Never;

/** The declarations of everything that these files export, as the text of one file. */
export function typesOf(root, files) {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root);
  const paths = files.map((file) => join(root, file));
  const program = ts.createProgram(paths, options);
  return new Writer(program.getTypeChecker()).write(
    paths.map((path) => program.getSourceFile(path)),
  );
}

class Writer {
  /** What a type is called: it is then written once, and named wherever it stands. */
  names = new Map();
  /** Names that stand somewhere, with what they are. */
  used = new Map();

  constructor(checker) {
    this.checker = checker;
  }

  write(sources) {
    const declared = sources.flatMap((source) =>
      this.checker.getExportsOfModule(this.checker.getSymbolAtLocation(source)),
    );
    for (const symbol of [...sources.flatMap((source) => this.imported(source)), ...declared]) {
      if (symbol.flags & SymbolFlags.Type) {
        this.names.set(this.checker.getDeclaredTypeOfSymbol(symbol), symbol.name);
      }
    }
    const texts = declared.map((symbol) => this.declaration(symbol));
    // Writing one may use others.
    for (const [name, type] of this.used) {
      if (declared.some((symbol) => symbol.name === name)) continue;
      texts.push(`export type ${name} = ${this.spell(type)};`);
    }
    const file = ts.createSourceFile('a.d.ts', texts.join('\n'), ts.ScriptTarget.Latest);
    return ts.createPrinter().printFile(file);
  }

  /** The types that a file imports by name. */
  imported(source) {
    return source.statements
      .filter(ts.isImportDeclaration)
      .flatMap(({ importClause }) => importClause?.namedBindings?.elements ?? [])
      .map(({ name }) => this.checker.getAliasedSymbol(this.checker.getSymbolAtLocation(name)));
  }

  declaration(symbol) {
    const about = this.about(symbol);
    const { name } = symbol;
    if (symbol.flags & SymbolFlags.Function) {
      const type = this.checker.getTypeOfSymbol(symbol);
      const [signature] = type.getCallSignatures();
      return `${about}export declare function ${name}${this.signature(signature)};`;
    }
    const members = this.members(this.checker.getDeclaredTypeOfSymbol(symbol));
    if (!(symbol.flags & SymbolFlags.Class)) return `${about}export interface ${name} ${members}`;
    const [made] = this.checker.getTypeOfSymbol(symbol).getConstructSignatures();
    const begin = `constructor${this.signature(made).replace(/: \w+$/, '')};`;
    return `${about}export declare class ${name} ${members.replace('{', `{\n${begin}`)}`;
  }

  /** A type by its name, if it has one, else as it is. */
  type(type) {
    const name = this.names.get(type);
    if (name === undefined) return this.spell(type);
    this.used.set(name, type);
    return name;
  }

  spell(type) {
    const whole = this.checker.typeToString(type, undefined, ts.TypeFormatFlags.NoTruncation);
    if (type.isUnion()) return type.types.map((part) => this.type(part)).join(' | ');
    if (type.flags & plain) return whole;
    const given = this.checker.getTypeArguments(type).map((each) => this.type(each));
    if (type.symbol?.name === 'Promise') return `Promise<${given[0]}>`;
    if (this.checker.isTupleType(type)) return whole;
    if (this.checker.isArrayType(type))
      return `${/^readonly/.test(whole) ? 'readonly ' : ''}(${given[0]})[]`;
    return this.members(type);
  }

  members(type) {
    const lines = this.checker.getPropertiesOfType(type).flatMap((symbol) => this.member(symbol));
    const others = this.checker
      .getIndexInfosOfType(type)
      .map(({ keyType, type: value }) => `[name: ${this.type(keyType)}]: ${this.type(value)};`);
    return `{\n${[...lines, ...others].join('\n')}\n}`;
  }

  member(symbol) {
    const { valueDeclaration } = symbol;
    const flags = valueDeclaration ? ts.getCombinedModifierFlags(valueDeclaration) : 0;
    if (flags & ModifierFlags.Private) return [];
    const type = this.checker.getTypeOfSymbol(symbol);
    const about = this.about(symbol);
    const optional = symbol.flags & SymbolFlags.Optional ? '?' : '';
    const [call] = type.getCallSignatures();
    if (call) return [`${about}${symbol.name}${optional}${this.signature(call)};`];
    const readonly = flags & ModifierFlags.Readonly ? 'readonly ' : '';
    return [`${about}${readonly}${symbol.name}${optional}: ${this.type(type)};`];
  }

  signature(signature) {
    const parameters = signature.parameters.map((parameter) => {
      const optional = this.checker.isOptionalParameter(parameter.valueDeclaration) ? '?' : '';
      return `${parameter.name}${optional}: ${this.type(this.checker.getTypeOfSymbol(parameter))}`;
    });
    return `(${parameters.join(', ')}): ${this.type(signature.getReturnType())}`;
  }

  about(symbol) {
    const text = ts.displayPartsToString(symbol.getDocumentationComment(this.checker));
    return text && `/** ${text} */\n`;
  }
}
