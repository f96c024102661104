// cpu: one row per execution of an instruction (a repeat is an execution). Registers pc, ap, fp as in Cairo; it reads the
// instruction word from memory, computes operand addresses, does the scalar instructions itself and dispatches the others.
// Source: AIR.md §5.1. Caveat: the AIR accepts a second cpu with a loop; "exactly one cpu" is the instance rule.
import { component } from '../../air/component.ts';
import type { Expression } from '../../air/expression.ts';
import { sum } from '../../air/expression.ts';
import { ISA, LANES, MODE_BASE, MODES, RAM_BASE, WORD_FIELDS } from '../program/isa.ts';
import { dispatch, read, write } from './relations.ts';

/** one column per opcode but MAC, which is what is left */
export const FLAGS = ['MUL', 'STO', 'SET', 'ADD', 'MLS', 'JMP', 'JNZ', 'CAL', 'RET', 'AP', 'HLT'] as const;
const code = (flag: string): number => ISA[(flag === 'STO' ? 'STORE' : flag) as keyof typeof ISA].code;

export const cpu = component('cpu', (c) => {
  const { pc, ap, fp } = c.columns('pc', 'ap', 'fp');
  const word = c.columns(...WORD_FIELDS);
  const { ea, eb, ec, rc, rl, va, vb, vc, tk, inv, en } = c.columns('ea', 'eb', 'ec', 'rc', 'rl', 'va', 'vb', 'vc', 'tk', 'inv', 'en');
  const flags = c.columns(...FLAGS);
  const { MUL, STO, SET, ADD, MLS, JMP, JNZ, CAL, RET, AP, HLT } = flags;
  const { v0, v1 } = c.columns('v0', 'v1');
  const modes = c.columns(...MODES);
  const { rA, rB, rC, xA, xB, xC, im } = modes;
  const before = (x: Expression): Expression => x.previous();

  const MAC = FLAGS.reduce((rest, flag) => rest.sub(flags[flag]), en);
  const cont = before(en).sub(before(HLT)); // this row continues the program
  const start = en.sub(cont); // the program starts here
  const rs = start.add(before(rl)).sub(before(HLT)); // first repeat of an instruction
  const nr = before(en).sub(before(rl)); // a further repeat

  c.boolean({ en, ...flags, MAC, start, rl, tk, v0, v1, ...modes });
  c.zero('variants', MAC.not().sub(STO).mul(v0.add(v1)));
  const opcode = FLAGS.reduce((total, flag) => total.add(flags[flag].mul(code(flag))), MAC)
    .add(v0)
    .add(v1.mul(2));
  const op = MODES.reduce((total, mode, i) => total.add(modes[mode].mul(MODE_BASE << i)), opcode);
  c.zero('decode', en.mul(word.op.sub(op)));

  c.zero('start pc', start.mul(pc));
  c.zero('start ap', start.mul(ap.sub(RAM_BASE)));
  c.zero('start fp', start.mul(fp.sub(RAM_BASE)));

  c.zero('rl needs en', rl.mul(en.not()));
  c.zero('halt is last', HLT.mul(rl.not()));
  c.zero('take is last', tk.mul(rl.not()));
  c.zero('repeat start', rs.mul(rc.sub(word.n).add(1)));
  c.zero('repeat step', nr.mul(rc.sub(before(rc)).add(1)));
  c.zero('repeat end', rl.mul(rc));

  c.zero('pc', cont.mul(pc.sub(before(pc)).sub(before(rl))).sub(before(tk).mul(before(vb).sub(before(pc)).sub(1))));
  c.zero(
    'ap',
    cont
      .mul(ap.sub(before(ap)))
      .sub(before(AP).mul(before(va).sub(before(ap))))
      .sub(before(CAL).mul(before(word.f0))),
  );
  c.zero(
    'fp',
    cont
      .mul(fp.sub(before(fp)))
      .sub(before(CAL).mul(before(ap).add(2).sub(before(fp))))
      .sub(before(RET).mul(before(va).sub(before(fp)))),
  );

  const operand = (name: string, e: Expression, x: Expression, step: Expression, relativeFp: Expression, relativeAp: Expression): void => {
    c.zero(`operand ${name} first`, rs.mul(e.sub(x).sub(relativeFp.mul(fp)).sub(relativeAp.mul(ap))));
    c.zero(`operand ${name} step`, nr.mul(e.sub(before(e)).sub(step)));
  };
  operand('a', ea, word.a, word.as, rA, xA);
  operand('b', eb, word.b, word.bs, rB, xB);
  operand('c', ec, word.c, word.cs, rC, xC);

  c.zero('take', JNZ.not().mul(tk).sub(JMP).sub(CAL).sub(RET));
  c.zero('taken is nonzero', JNZ.mul(va.mul(inv).sub(tk)));
  c.zero('not taken is zero', JNZ.mul(tk.not()).mul(va));
  c.zero('immediate', im.mul(vb.sub(eb)));
  c.zero('RET reads', RET.mul(im));
  c.zero(
    'result',
    SET.mul(vc.sub(word.f0))
      .add(ADD.mul(vc.sub(va).sub(vb)))
      .add(MLS.mul(vc.sub(va.mul(vb))))
      .add(CAL.mul(vc.sub(pc).sub(1))),
  );
  c.zero('CAL saves fp', CAL.mul(va.sub(fp)));

  const scalar = (address: Expression, value: Expression) => [address, value, ...Array<number>(LANES - 1).fill(0)];
  c.use(read, en, [pc, ...WORD_FIELDS.map((field) => word[field])]);
  // operand a is read, but CAL writes it
  c.use(CAL.mul(write.id - read.id).add(read.id), sum([ADD, MLS, JNZ, RET, AP, CAL]), scalar(ea, va));
  c.use(read, sum([ADD, MLS, JMP, JNZ, CAL, RET]).mul(im.not()), scalar(eb, vb));
  c.use(write, sum([SET, ADD, MLS, CAL]), scalar(ec, vc));
  const dispatched = MAC.add(MUL.mul(code('MUL')))
    .add(STO.mul(code('STO')))
    .add(HLT.mul(code('HLT')))
    .add(v0)
    .add(v1.mul(2));
  const { f0, f1, f2, f3, f4, f5, f6, f7 } = word;
  c.use(dispatch, sum([MAC, MUL, STO, HLT]), [dispatched, ea, eb, ec, f0, f1, f2, f3, f4, f5, f6, f7]);
});
