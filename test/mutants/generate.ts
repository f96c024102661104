// Weakens a source file in every way that a few rules know: a condition of a check left out, a bound moved by one, an absorbed word
// dropped. Source: the syntax tree of the TypeScript compiler. Caveat: it knows no types, so some mutants compute nonsense and die at
// once; what the rules cannot say stands in by-hand.ts.
import ts from 'typescript';
import { type Edit, nameOf } from './mutant.ts';

export interface Weakened {
  what: string;
  name: string;
  edit: Edit;
}

export interface Choice {
  /** top-level declarations, or class members, that no verifier runs */
  except?: readonly string[];
  /** list literals are messages to a hash: each element is left out once */
  hashed?: boolean;
}

const { SyntaxKind } = ts;
const MOVED: Partial<Record<ts.SyntaxKind, string>> = {
  [SyntaxKind.LessThanToken]: '<=',
  [SyntaxKind.LessThanEqualsToken]: '<',
  [SyntaxKind.GreaterThanToken]: '>=',
  [SyntaxKind.GreaterThanEqualsToken]: '>',
};

const throws = (s: ts.Statement): boolean => ts.isThrowStatement(s) || (ts.isBlock(s) && s.statements.some(throws));
/** by how much a loop counts up, as text: the `3` of `i += 3`, else 1 */
function step({ incrementor }: ts.ForStatement): string {
  const first =
    incrementor && ts.isBinaryExpression(incrementor) && incrementor.operatorToken.kind === SyntaxKind.CommaToken
      ? incrementor.left
      : incrementor;
  const counts = first && ts.isBinaryExpression(first) && first.operatorToken.kind === SyntaxKind.PlusEqualsToken;
  return counts ? first.right.getText() : '1';
}
const isOne = (n: ts.Node): boolean => ts.isNumericLiteral(n) && n.text === '1';
const calleeName = (call: ts.CallExpression): string =>
  ts.isIdentifier(call.expression) ? call.expression.text : ts.isPropertyAccessExpression(call.expression) ? call.expression.name.text : '';

/** operands of a tree of && and ||, each with the value that makes it count for nothing */
function operands(node: ts.Expression, whole: boolean): { node: ts.Expression; neutral: boolean }[] {
  if (ts.isParenthesizedExpression(node)) return operands(node.expression, whole);
  if (ts.isPrefixUnaryExpression(node) && node.operator === SyntaxKind.ExclamationToken) return operands(node.operand, !whole);
  if (ts.isBinaryExpression(node)) {
    const kind = node.operatorToken.kind;
    if (kind === SyntaxKind.AmpersandAmpersandToken || kind === SyntaxKind.BarBarToken)
      return [node.left, node.right].flatMap((side) => operands(side, kind === SyntaxKind.AmpersandAmpersandToken));
  }
  return [{ node, neutral: whole }];
}

/** every weakened form of a file */
export function weaken(file: string, source: string, { except = [], hashed = false }: Choice): Weakened[] {
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true);
  const found = new Map<string, Weakened>();
  const names = new Map<string, number>();
  const put = (what: string, from: number, to: number, text: string): void => {
    const key = `${from} ${to} ${text}`;
    if (found.has(key) || source.slice(from, to) === text) return;
    const edit: Edit = { file, from, to, text };
    const plain = nameOf(source, edit);
    const count = (names.get(plain) ?? 0) + 1;
    names.set(plain, count);
    found.set(key, { what, name: count === 1 ? plain : `${plain} (${count})`, edit });
  };
  const instead = (what: string, node: ts.Node, text: string): void => put(what, node.getStart(), node.getEnd(), text);
  const text = (node: ts.Node): string => source.slice(node.getStart(), node.getEnd());
  const leaveOut = (what: string, condition: ts.Expression, whole: boolean): void => {
    for (const { node, neutral } of operands(condition, whole))
      instead(what, node, /\bnext\(|\btake\(/.test(text(node)) ? `(${text(node)}, ${neutral})` : String(neutral));
  };
  const isLogical = (node: ts.Node): node is ts.BinaryExpression =>
    ts.isBinaryExpression(node) &&
    (node.operatorToken.kind === SyntaxKind.AmpersandAmpersandToken || node.operatorToken.kind === SyntaxKind.BarBarToken);

  const visit = (node: ts.Node): void => {
    if (
      (ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node) || ts.isMethodDeclaration(node)) &&
      except.includes(node.name?.getText() ?? '')
    )
      return;
    if (ts.isVariableDeclaration(node) && except.includes(node.name.getText())) return;
    if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node) || ts.isImportDeclaration(node)) return;
    if (ts.isThrowStatement(node) || ts.isTemplateExpression(node)) return; // what an error says

    if (ts.isIfStatement(node) && throws(node.thenStatement)) leaveOut('a check left out', node.expression, false);
    else if (isLogical(node) && !isLogical(node.parent)) leaveOut('a condition left out', node, false);
    if (ts.isCallExpression(node) && calleeName(node) === 'rule') leaveOut('a check left out', node.arguments[0]!, true);
    if (ts.isExpressionStatement(node) && ts.isCallExpression(node.expression)) {
      const name = calleeName(node.expression);
      if (/^(require|check)/.test(name) || name === 'end') instead('a check left out', node, '{}');
      if (/^absorb/.test(name)) instead('a message not absorbed', node, '{}');
    }
    if (ts.isBinaryExpression(node)) {
      const { left, right, operatorToken: operator } = node;
      const moved = MOVED[operator.kind];
      if (ts.isForStatement(node.parent) && node.parent.condition === node) {
        if (operator.kind === SyntaxKind.LessThanToken && ts.isIdentifier(left))
          put('the last round left out', right.getEnd(), right.getEnd(), ` - ${step(node.parent)}`);
      } else if (moved) instead('a bound moved by one', operator, moved);
      if ((operator.kind === SyntaxKind.PlusToken || operator.kind === SyntaxKind.MinusToken) && isOne(right))
        put('a one left out', left.getEnd(), right.getEnd(), '');
      if (operator.kind === SyntaxKind.AmpersandToken) put('a mask left out', left.getEnd(), right.getEnd(), '');
    }
    if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
      const { expression: target, name } = node.expression;
      if (name.text === 'every') instead('some instead of every', name, 'some');
      if (name.text === 'sort') put('not sorted', target.getEnd(), node.getEnd(), '');
      if (name.text === 'fork') put('not a copy', target.getEnd(), node.getEnd(), '');
    }
    if (ts.isArrayLiteralExpression(node) && hashed && node.elements.length > 1)
      for (const [i, element] of node.elements.entries()) {
        const [before, after] = [node.elements[i - 1], node.elements[i + 1]];
        if (after) put('a word not hashed', element.getStart(), after.getStart(), '');
        else put('a word not hashed', before!.getEnd(), element.getEnd(), '');
      }
    if (
      ts.isVariableDeclaration(node) &&
      ts.isVariableStatement(node.parent.parent) &&
      node.parent.parent.parent === tree &&
      /^[A-Z][A-Z_0-9]+$/.test(node.name.getText()) &&
      node.initializer &&
      /^[-0-9a-fx_*+ ]+$|^(2 \* P|4 \* Math.log2\(P\))$/.test(text(node.initializer))
    )
      for (const by of [' + 1', ' - 1']) put('a constant moved by one', node.initializer.getEnd(), node.initializer.getEnd(), by);
    if (ts.isForOfStatement(node)) instead('a loop left out', node.expression, '[]');
    if (ts.isCallExpression(node) && calleeName(node) === 'drawFelt') instead('a constant instead of a draw', node, '[5, 6, 7, 8]');
    if (ts.isConditionalExpression(node)) for (const value of ['true', 'false']) instead('one branch always', node.condition, value);
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return [...found.values()];
}
