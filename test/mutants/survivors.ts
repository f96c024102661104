export const SURVIVORS: Readonly<Record<string, Readonly<Record<string, string>>>> = {};
