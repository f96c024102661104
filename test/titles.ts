// Titles of tests are sentences for people: objects in words, and what is wrong with a title that prints code instead. test/setup.ts asks for
// every title. Caveat: whether a title is true is for its reader to find out.

/** "kernel 3,3; ceil": members by name, those that are only true without their value */
export const inWords = (value: object): string =>
  Object.entries(value)
    .map(([name, member]) => {
      if (member === true) return name;
      return `${name} ${typeof member === 'object' && !Array.isArray(member) ? inWords(member as object) : member}`;
    })
    .join('; ');

const LONGEST = 160;
const FAULTS: readonly (readonly [RegExp, string])[] = [
  [/\bundefined\b/, 'names a value that is not there'],
  [/\[object |\{"|\{ \w+: /, 'prints an object'],
  [/\[Function|=>|\bfunction ?\(/, 'prints a function'],
  [/%[sdifjoOc#]|\$\{|\$[a-z]\w*\b/, 'holds a place that nothing was put into'],
  [/\n/, 'has several lines'],
  [/^\s*$/, 'is empty'],
];

/** why a title is none, or undefined */
export const faultOfTitle = (title: string): string | undefined =>
  title.length > LONGEST ? `has ${title.length} characters` : FAULTS.find(([form]) => form.test(title))?.[1];
