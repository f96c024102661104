// The compile report as one page for a browser: the view "Model" of web/, with one model's picture in it. Source: the template that `npm run build` makes
// (web/report/build.ts). Caveat: what the model says stands in the page as data and as its title, never as markup.
import type { ModelPicture } from '../../compiler/report/picture.ts';
import { printableJson } from '../io/printable.ts';
import { escaped, templateOf } from './template.ts';

/** JSON in which no tag can begin or end. */
const json = (value: unknown): string => printableJson(value).replace(/[<>&]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`);

/** @throws ZK0801 in a checkout that was not built */
export const reportTemplate = (folders?: readonly string[]): string => templateOf('page', '--report', folders);

/** The whole page. */
export const reportPage = (template: string, picture: ModelPicture): string =>
  template.replace('__TITLE__', () => `${escaped(picture.name)}: compile report`).replace('__PICTURE__', () => json(picture));
