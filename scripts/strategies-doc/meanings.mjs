import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';

/**
 * What one file says of its options.
 * @typedef {object} File
 * @property {Map<string, { comment: string, schema: string | null }>} options by name: the comment above one, and the
 *   name of the schema that it is
 * @property {Map<string, string>} constants comments above constants
 * @property {Map<string, string>} imports paths by imported name
 */

/** @type {Map<string, File>} */
const files = new Map();

/**
 * The first paragraph of the comment above an option in the file of its technique, or above the schema that it is, or above
 * the option of that name in a list of options that the file imports; '' where there is none.
 * @param {string} path of the technique's file
 * @param {string} name of the option, without the options that it stands in
 * @returns {string}
 */
export function meaningOf(path, name) {
  const file = read(path);
  const own = file.options.get(name);
  if (own === undefined) {
    const lists = [...file.imports].filter(([imported]) => /(Options|Schema)$/.test(imported));
    const found = lists.map(([, from]) => read(from).options.get(name)?.comment ?? '');
    return found.find((comment) => comment !== '') ?? file.constants.get(name) ?? '';
  }
  if (own.comment !== '' || own.schema === null) return own.comment || (file.constants.get(name) ?? '');
  const from = file.imports.get(own.schema);
  const constants = from === undefined ? file.constants : read(from).constants;
  return constants.get(own.schema) || (file.constants.get(name) ?? '');
}

/** @returns {File} */
function read(path) {
  const known = files.get(path);
  if (known !== undefined) return known;
  const file = { options: new Map(), constants: new Map(), imports: new Map() };
  files.set(path, file);
  if (!existsSync(path)) return file;
  const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
  const visit = (node) => {
    if (ts.isImportDeclaration(node)) addImports(file.imports, node, path);
    if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name))
      file.constants.set(node.name.text, commentOf(node));
    const isOption = ts.isPropertyAssignment(node) || ts.isShorthandPropertyAssignment(node);
    if (isOption && ts.isIdentifier(node.name)) addOption(file.options, node);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return file;
}

function addImports(imports, { moduleSpecifier, importClause }, path) {
  const { text } = moduleSpecifier;
  const bindings = importClause?.namedBindings;
  if (!text.startsWith('.') || bindings === undefined || !ts.isNamedImports(bindings)) return;
  for (const { name } of bindings.elements)
    imports.set(name.text, join(dirname(path), text.replace(/\.js$/, '.ts')));
}

/** What stands first is the schema; an option that is written twice is the one with a comment. */
function addOption(options, node) {
  const name = node.name.text;
  const comment = commentOf(node);
  if (options.has(name) && (comment === '' || options.get(name)?.comment !== '')) return;
  options.set(name, {
    comment,
    schema: schemaOf(ts.isPropertyAssignment(node) ? node.initializer : node.name),
  });
}

/** The name that `someSchema.nullable().default(null)` begins with; null for zod itself and for anything else. */
function schemaOf(expression) {
  let inner = expression;
  while (ts.isCallExpression(inner) || ts.isPropertyAccessExpression(inner)) inner = inner.expression;
  return ts.isIdentifier(inner) && inner.text !== 'z' ? inner.text : null;
}

function commentOf(node) {
  const text = ts
    .getJSDocCommentsAndTags(node)
    .filter(ts.isJSDoc)
    .map(({ comment }) => ts.getTextOfJSDocComment(comment) ?? '')
    .join('\n');
  const [paragraph = ''] = text.split('\n\n');
  return paragraph
    .replace(/\n- .*/gs, '')
    .replace(/\{@link (\w+)\}/g, '`$1`')
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/[.:]$/, '');
}
