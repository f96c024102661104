// The settings of the view Chain: what chain.json may say, and that nothing of it can widen the page's policy. Source: web/chain-settings.ts, web/headers.ts.
// Caveat: whether there is such a node and such a registry shows when the page asks.
import { describe, expect, test } from 'vitest';
import { chainSettings, DEVNET, nodeOrigin } from '../../web/chain-settings.ts';
import { headersFor, metaPolicy, pageFor } from '../../web/headers.ts';

const FULL = {
  name: 'Sepolia',
  rpc: 'https://node.example/rpc/v0_10?key=a',
  chainId: 'SN_SEPOLIA',
  registry: '0x79dcec2ded5ac6d5d',
  explorer: 'https://explorer.example',
};

describe('settings', () => {
  test('are taken as they are written, and none means no chain', () => {
    expect(chainSettings(FULL)).toEqual(FULL);
    expect(chainSettings(DEVNET)).toMatchObject(DEVNET);
    expect(chainSettings({})).toBeUndefined();
  });

  test.each([
    ['name', { ...FULL, name: ' ' }],
    ['name', { rpc: FULL.rpc }],
    ['rpc', { name: 'x' }],
    ['rpc', { ...FULL, rpc: 'node.example' }],
    ['rpc', { ...FULL, rpc: 'javascript:alert(1)' }],
    ['rpc', { ...FULL, rpc: 'https://a;script-src/' }],
    ['rpc', { ...FULL, rpc: "https://a'b.example" }],
    ['rpc', { ...FULL, rpc: 'https://*/' }],
    ['rpc', { ...FULL, rpc: 5 }],
    ['chainId', { ...FULL, chainId: 'SN SEPOLIA' }],
    ['registry', { ...FULL, registry: '79dc' }],
    ['explorer', { ...FULL, explorer: 'javascript:alert(1)//' }],
    ['explorer', { ...FULL, explorer: 'https://explorer.example/' }],
    ['more', { ...FULL, more: 'x' }],
  ])('with a %s that cannot be are refused by its name', (name, settings) => {
    expect(() => chainSettings(settings)).toThrow(`setting ${name} `);
  });

  test.each([[null], [[]], ['x'], [5]])('that are no object are refused: %j', (json) => {
    expect(() => chainSettings(json)).toThrow('holds no settings');
  });
});

describe('the policy', () => {
  test('has the origin of the node and no more of its address', () => {
    expect(nodeOrigin(chainSettings(FULL))).toBe('https://node.example');
    expect(nodeOrigin(undefined)).toBeUndefined();
    expect(metaPolicy('https://node.example')).toContain("; connect-src 'self' https://node.example; ");
    expect(metaPolicy()).toContain("; connect-src 'self'; ");
    expect(headersFor('https://node.example')['Content-Security-Policy']).toContain("connect-src 'self' https://node.example;");
  });

  test('of a built page is changed in that one directive', () => {
    const page = (node?: string): string => `<meta content="${metaPolicy(node).replaceAll("'", '&#39;')}">`;
    const plain = (html: string): string => html.replaceAll('&#39;', "'");
    expect(plain(pageFor(page(), 'http://127.0.0.1:5050'))).toBe(plain(page('http://127.0.0.1:5050')));
    expect(plain(pageFor(page('https://a.example'), 'https://b.example'))).toBe(plain(page('https://b.example')));
    expect(plain(pageFor(page('https://a.example'), undefined))).toBe(plain(page()));
    expect(() => pageFor('<html></html>', undefined)).toThrow('no policy');
  });
});
