// cpu: one row per execution of an instruction (a repeat is an execution). Fetches the instruction word, steps the registers,
// reads and writes scalars, and hands MAC, MUL, STORE and HLT to whoever receives the dispatch. Source: AIR.md §5.1.
// Caveat: a second cpu instance holding an endless loop satisfies every constraint; "exactly one cpu" is the verifier's rule.
import { component } from '../../air/component.ts';
import { type Expression, sum } from '../../air/expression.ts';
import { ISA, MODE_BASE, MODES, RAM_BASE, WORD_FIELDS } from '../isa.ts';
import { dispatch, read, write } from '../relations.ts';

/** one flag column an opcode; MAC is what remains of `en` */
export const FLAGS = ['MUL', 'STO', 'SET', 'ADD', 'MLS', 'JMP', 'JNZ', 'CAL', 'RET', 'AP', 'HLT'] as const;
const codeOf = (flag: (typeof FLAGS)[number]): number => ISA[flag === 'STO' ? 'STORE' : flag].code;

export const cpu = component('cpu', (c) => {
  const { pc, ap, fp } = c.columns('pc', 'ap', 'fp');
  const word = c.columns(...WORD_FIELDS);
  const { op, n, f0 } = word;
  const { ea, eb, ec, rc, rl, va, vb, vc, tk, inv, en } = c.columns('ea', 'eb', 'ec', 'rc', 'rl', 'va', 'vb', 'vc', 'tk', 'inv', 'en');
  const flag = c.columns(...FLAGS);
  const { MUL, STO, SET, ADD, MLS, JMP, JNZ, CAL, RET, AP, HLT } = flag;
  const { v0, v1 } = c.columns('v0', 'v1');
  const mode = c.columns(...MODES);
  const { im } = mode;
  const before = <T extends Record<string, Expression>>(x: T): { [K in keyof T]: Expression } =>
    Object.fromEntries(Object.entries(x).map(([name, e]) => [name, e.previous()])) as { [K in keyof T]: Expression };
  const p = before({ pc, ap, fp, rc, rl, va, vb, tk, en, HLT, AP, CAL, RET, f0, ea, eb, ec });

  const MAC = en.sub(sum(FLAGS.map((f) => flag[f])));
  const cont = p.en.sub(p.HLT); // this row continues the program
  const start = en.sub(cont); // the program starts here
  const rs = start.add(p.rl).sub(p.HLT); // first repeat of an instruction
  const nr = p.en.sub(p.rl); // a further repeat

  c.boolean({ en, ...flag, MAC, start, rl, tk, v0, v1, ...mode });
  c.zero('variants', MAC.not().sub(STO).mul(v0.add(v1)));
  const code = [MAC, ...FLAGS.map((f) => flag[f].mul(codeOf(f))), v0, v1.mul(2), ...MODES.map((m, i) => mode[m].mul(MODE_BASE << i))];
  c.zero('decode', en.mul(code.reduce((rest, term) => rest.sub(term), op)));
  c.zero('start pc', start.mul(pc));
  c.zero('start ap', start.mul(ap.sub(RAM_BASE)));
  c.zero('start fp', start.mul(fp.sub(RAM_BASE)));
  c.zero('rl needs en', rl.mul(en.not()));
  c.zero('halt is last', HLT.mul(rl.not()));
  c.zero('take is last', tk.mul(rl.not()));
  c.zero('repeat start', rs.mul(rc.sub(n).add(1)));
  c.zero('repeat step', nr.mul(rc.sub(p.rc).add(1)));
  c.zero('repeat end', rl.mul(rc));
  c.zero('pc', cont.mul(pc.sub(p.pc).sub(p.rl)).sub(p.tk.mul(p.vb.sub(p.pc).sub(1))));
  c.zero(
    'ap',
    cont
      .mul(ap.sub(p.ap))
      .sub(p.AP.mul(p.va.sub(p.ap)))
      .sub(p.CAL.mul(p.f0)),
  );
  c.zero(
    'fp',
    cont
      .mul(fp.sub(p.fp))
      .sub(p.CAL.mul(p.ap.add(2).sub(p.fp)))
      .sub(p.RET.mul(p.va.sub(p.fp))),
  );
  const operand = (name: string, e: Expression, pe: Expression, x: Expression, step: Expression, r: Expression, a: Expression): void => {
    c.zero(`operand ${name} first`, rs.mul(e.sub(x).sub(r.mul(fp)).sub(a.mul(ap))));
    c.zero(`operand ${name} step`, nr.mul(e.sub(pe).sub(step)));
  };
  operand('a', ea, p.ea, word.a, word.as, mode.rA, mode.xA);
  operand('b', eb, p.eb, word.b, word.bs, mode.rB, mode.xB);
  operand('c', ec, p.ec, word.c, word.cs, mode.rC, mode.xC);
  c.zero('take', JNZ.not().mul(tk).sub(JMP).sub(CAL).sub(RET));
  c.zero('taken is nonzero', JNZ.mul(va.mul(inv).sub(tk)));
  c.zero('not taken is zero', JNZ.mul(tk.not()).mul(va));
  c.zero('immediate', im.mul(vb.sub(eb)));
  c.zero('RET reads', RET.mul(im));
  c.zero(
    'result',
    SET.mul(vc.sub(f0))
      .add(ADD.mul(vc.sub(va).sub(vb)))
      .add(MLS.mul(vc.sub(va.mul(vb))))
      .add(CAL.mul(vc.sub(pc).sub(1))),
  );
  c.zero('CAL saves fp', CAL.mul(va.sub(fp)));

  // scalars are words with zero lanes 1…15; CAL writes its operand a, all others read it
  c.use(read, en, [pc, ...WORD_FIELDS.map((f) => word[f])]);
  const id = c.constant(read.id).add(CAL.mul(write.id - read.id));
  c.use(id, sum([ADD, MLS, JNZ, RET, AP, CAL]), [ea, va]);
  c.use(read, sum([ADD, MLS, JMP, JNZ, CAL, RET]).mul(im.not()), [eb, vb]);
  c.use(write, sum([SET, ADD, MLS, CAL]), [ec, vc]);
  const opcode = sum([MAC, MUL.mul(ISA.MUL.code), STO.mul(ISA.STORE.code), HLT.mul(ISA.HLT.code), v0, v1.mul(2)]);
  const fields = [f0, word.f1, word.f2, word.f3, word.f4, word.f5, word.f6, word.f7];
  c.use(dispatch, sum([MAC, MUL, STO, HLT]), [opcode, ea, eb, ec, ...fields]);
});
