// Declarations that somebody who imports an entry of package.json can name or is shown: the rest of each file is for the package itself, and an install
// pays for it. Source: TypeScript's syntax trees of what `tsc` wrote. Caveat: a declaration needs whatever names stand in it, also those that shadow
// one of the file, so it may keep too much and never too little; check:package compiles what is left.
import path from 'node:path';
import ts from 'typescript';

/** a name at the top of a file: what declares it, or where it comes from */
interface Origin {
  statement: ts.Statement;
  /** the file and the name there, for what is imported or passed on */
  from?: { file: string; name: string };
}

interface File {
  source: ts.SourceFile;
  names: Map<string, Origin[]>;
}

const nameOf = (name: ts.ModuleExportName): string => name.text;

/** path of the declarations that a file imports by this text; undefined for a package */
function declarationsAt(file: string, specifier: string): string | undefined {
  return specifier.startsWith('.') ? path.join(path.dirname(file), specifier.replace(/\.(js|ts)$/, '.d.ts')) : undefined;
}

function declared(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement)) return statement.declarationList.declarations.map(({ name }) => name.getText());
  const { name } = statement as ts.Statement & { name?: ts.Identifier };
  return name ? [name.text] : [];
}

function readFile(file: string, text: string): File {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const names = new Map<string, Origin[]>();
  const add = (name: string, origin: Origin): void => void names.set(name, [...(names.get(name) ?? []), origin]);
  for (const statement of source.statements) {
    for (const name of declared(statement)) add(name, { statement });
    if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) continue;
    const specifier = statement.moduleSpecifier as ts.StringLiteral | undefined;
    const target = specifier && declarationsAt(file, specifier.text);
    const bindings = ts.isImportDeclaration(statement) ? statement.importClause?.namedBindings : statement.exportClause;
    for (const each of bindings && (ts.isNamedImports(bindings) || ts.isNamedExports(bindings)) ? bindings.elements : []) {
      const from = { file: target ?? file, name: nameOf(each.propertyName ?? each.name) };
      add(each.name.text, { statement, ...(target !== undefined && { from }) });
    }
  }
  return { source, names };
}

/** statements whose names cannot be told apart: all of such a file is kept */
const isWhole = (statement: ts.Statement): boolean =>
  (ts.isExportDeclaration(statement) && !(statement.exportClause && ts.isNamedExports(statement.exportClause))) ||
  (ts.isImportDeclaration(statement) &&
    (!statement.importClause || statement.importClause.name !== undefined || !ts.isNamedImports(statement.importClause.namedBindings!))) ||
  ts.isExportAssignment(statement) ||
  ts.isModuleDeclaration(statement);

/**
 * What is left of the declarations that these entries reach.
 * @returns texts by file; a file that is not in it is not needed
 */
export function pruned(entries: readonly string[], read: (file: string) => string): Map<string, string> {
  const files = new Map<string, File>();
  const fileAt = (file: string): File => {
    const known = files.get(file) ?? readFile(file, read(file));
    files.set(file, known);
    return known;
  };
  const wanted = new Map<string, Set<string>>();
  const open: [file: string, name: string][] = [];
  const want = (file: string, name: string): void => {
    const names = wanted.get(file) ?? new Set();
    wanted.set(file, names);
    if (names.has(name)) return;
    names.add(name);
    open.push([file, name]);
  };
  const wantAll = (file: string): void => {
    if (!wanted.has(file)) wanted.set(file, new Set());
    // what is only imported is wanted by who uses it
    for (const [name, origins] of fileAt(file).names)
      if (!origins.every(({ statement }) => ts.isImportDeclaration(statement))) want(file, name);
    for (const { moduleSpecifier } of fileAt(file).source.statements.filter((s) => isWhole(s)) as ts.ImportDeclaration[]) {
      const target = moduleSpecifier && declarationsAt(file, (moduleSpecifier as ts.StringLiteral).text);
      if (target !== undefined && !wanted.has(target)) wantAll(target);
    }
  };
  /** the names that stand in a statement, and the modules that it imports by itself */
  const visit = (file: string, node: ts.Node): void => {
    if (ts.isIdentifier(node) && fileAt(file).names.has(node.text)) want(file, node.text);
    if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      const target = declarationsAt(file, (node.argument.literal as ts.StringLiteral).text);
      if (target !== undefined && !wanted.has(target)) wantAll(target);
    }
    ts.forEachChild(node, (child) => visit(file, child));
  };
  for (const entry of entries) wantAll(entry);
  for (let next = open.pop(); next; next = open.pop()) {
    const [file, name] = next;
    for (const { statement, from } of fileAt(file).names.get(name) ?? []) {
      if (from) want(from.file, from.name);
      else visit(file, statement);
    }
    if (fileAt(file).source.statements.some(isWhole) && !entries.includes(file)) wantAll(file);
  }
  return new Map([...wanted].map(([file, names]) => [file, keep(fileAt(file), names)]));
}

/** a file's statements that declare or import one of these names, lists of names cut down to them */
function keep({ source }: File, names: ReadonlySet<string>): string {
  const list = (elements: readonly (ts.ImportSpecifier | ts.ExportSpecifier)[]): string =>
    elements
      .filter(({ name }) => names.has(name.text))
      .map((each) => each.getText())
      .join(', ');
  const texts = source.statements.map((statement) => {
    const comment = statement.getFullText().slice(0, statement.getLeadingTriviaWidth());
    if (isWhole(statement)) return statement.getFullText();
    if (ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement)) {
      const bindings = (ts.isImportDeclaration(statement) ? statement.importClause!.namedBindings : statement.exportClause) as
        | ts.NamedImports
        | ts.NamedExports;
      const kept = list(bindings.elements);
      return kept === '' && bindings.elements.length > 0 ? '' : comment + statement.getText().replace(bindings.getText(), `{ ${kept} }`);
    }
    return declared(statement).some((name) => names.has(name)) ? statement.getFullText() : '';
  });
  const text = texts.join('').trim();
  // a file without an export would declare its names everywhere
  return /^export /m.test(text) ? `${text}\n` : `${text}\nexport {};\n`;
}
