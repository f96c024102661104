// Citations of the reference pages: finds every "§" of a text, says which page and section it means, and what is wrong with it.
// Source: the forms in use: "AIR.md §5.2", "DESIGN §4-§6", "AIR.md §9.23", "§9 items 4-7", "PCS.md §9, table rows 1-11", "PCS.md §11 (c)",
// "test 39 of AIR.md §10", `§5.1 "Fill"`, "PCS.md §6 (D6)". Caveat: it holds places against headings and numbers, not against meaning.

/** a page by sections: what stands under a heading, sub-sections included */
export type Page = ReadonlyMap<string, string>;
export type Pages = Readonly<Record<string, Page>>;

/** sections of a page: "## 5. Chips", "### 5.0 Widths" */
export function sectionsOf(text: string): Page {
  const sections = new Map<string, string>();
  let open: string[] = [];
  for (const line of text.split('\n')) {
    const heading = /^#{2,3} (\d+(?:\.\d+)?)\.? /.exec(line)?.[1];
    if (heading) {
      if (sections.has(heading)) throw new Error(`two sections ${heading}`);
      open = heading.includes('.') ? [heading.split('.')[0]!, heading] : [heading];
    }
    for (const number of open) sections.set(number, `${sections.get(number) ?? ''}${line}\n`);
  }
  return sections;
}

/** text in one line, without what begins a line of a comment */
const oneLine = (text: string): string => text.replace(/\n[ \t]*(?:\/\/+|\*|#(?= ))?[ \t]*/g, ' ');

/** a page is named with its ending; the three that are cited most may do without */
const PAGE_NAME = /\b([A-Z]{3,}(?=\.md)|AIR|PCS|DESIGN)(?:\.md)?\b/;
/** other texts that are cited by section */
const EXTERNAL = /\b(?:ePrint \d{4}\/\d+|arXiv:\d+\.\d+|whitepaper|[Ss]pecification)\b/;
const NAME = new RegExp(`${PAGE_NAME.source}|${EXTERNAL.source}`, 'g');
/** between a name and its "§": other sections, numbers, remarks in brackets */
const GLUE = /^(?:§\d+(?:\.\d+)*|\([^()]*\)|and\b|of\b|items?\b|tests?\b|table rows?\b|[\s,()\]`]|-|"[^"]*"|\d[\d.]*|\b[a-e]\b)*$/;
const LIST = String.raw`\d+(?:-\d+)?(?:(?:, | and )\d+(?:-\d+)?(?!\.\d))*`;
const NEAR = 200;

const numbersOf = (list: string): number[] =>
  list.split(/, | and /).flatMap((part) => {
    const [from, to] = part.split('-').map(Number) as [number, number?];
    return Array.from({ length: (to ?? from) - from + 1 }, (_, i) => from + i);
  });

const plain = (text: string): string => text.replaceAll('*', '').replace(/\s+/g, ' ').toLowerCase();

export interface Citation {
  /** the text from the name or the "§" on */
  text: string;
  page: string | undefined;
  problems: string[];
}

/** @param own the page that a "§" without a name means: a page's own sections */
export function citationsOf(source: string, pages: Pages, own?: string): Citation[] {
  const text = oneLine(source);
  return [...text.matchAll(/§/g)].map(({ index }) => {
    const before = text.slice(Math.max(0, index - NEAR), index);
    const after = text.slice(index + 1, index + NEAR);
    const name = [...before.matchAll(NAME)].at(-1);
    const near = name !== undefined && GLUE.test(before.slice(name.index + name[0].length));
    const page = near ? (name[1] ?? name[0]) : own;
    const citation: Citation = { text: `${near ? name[0] : ''} … §${after.slice(0, 40)}`, page, problems: [] };
    const problem = (what: string): void => void citation.problems.push(what);
    const number = /^\d+(?:\.\d+)*/.exec(after)?.[0];
    if (number === undefined) problem('no number');
    else if (page === undefined) problem('no page is named near it');
    else if (near && name[1] === undefined)
      return citation; // another text
    else if (!pages[page]) problem(`no page ${page}`);
    else checkPlace(pages[page], number, before, after.slice(number.length), problem);
    return citation;
  });
}

function checkPlace(page: Page, number: string, before: string, rest: string, problem: (what: string) => void): void {
  const [section, item] = number.split('.') as [string, string?];
  const text = page.get(number) ?? page.get(section);
  if (text === undefined) {
    problem(`no section ${number}`);
    return;
  }
  const numbered = (n: number): boolean => new RegExp(`^${n}\\. `, 'm').test(text);
  const items = (list: string | undefined): void => {
    for (const n of list === undefined ? [] : numbersOf(list)) if (!numbered(n)) problem(`section ${section} has no item ${n}`);
  };
  if (!page.has(number)) items(item);

  const range = /^-(\d+)\b/.exec(rest)?.[1];
  for (const n of range ? numbersOf(`${section}-${range}`) : []) if (!page.has(String(n))) problem(`no section ${n}`);

  items(new RegExp(`^,? (?:items?|tests?) (${LIST})`).exec(rest)?.[1]);
  items(/(\d+(?:-\d+)?) of (?:[A-Z]{3,}(?:\.md)? )?$/.exec(before)?.[1]);
  const rows = new RegExp(`^,? (?:table )?rows? (${LIST})`).exec(rest)?.[1];
  for (const n of rows ? numbersOf(rows) : [])
    if (!new RegExp(`^\\| ${n} \\|`, 'm').test(text)) problem(`section ${section} has no row ${n}`);

  const parts = /^((?:,? \([a-z]\))+)/.exec(rest)?.[1] ?? /^ ([b-e])(?=[).:,;]|$)/.exec(rest)?.[1] ?? '';
  for (const part of parts.match(/[a-z]/g) ?? [])
    if (!new RegExp(`^\\(${part}\\) `, 'm').test(text)) problem(`section ${section} has no part (${part})`);

  const remark = /^ \(([^()]*)\)/.exec(rest)?.[1] ?? '';
  for (const [, quoted] of `${/^ "[^"]*"/.exec(rest)?.[0] ?? ''}${remark}`.matchAll(/"([^"]+)"/g))
    if (!plain(text).includes(plain(quoted!))) problem(`section ${section} does not say "${quoted}"`);
  for (const [, from, to] of remark.matchAll(/\bD(\d+)(?:-D(\d+))?/g))
    for (const n of numbersOf(to ? `${from}-${to}` : from!))
      if (![...page.values()].some((other) => new RegExp(`^\\* \\*\\*D${n}\\*\\* `, 'm').test(other))) problem(`no decision D${n}`);
}
