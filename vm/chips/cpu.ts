// cpu: one row per execution of an instruction (a repeat is an execution). Registers pc, ap, fp as in Cairo; it reads the
// instruction word from memory, computes operand addresses, does the scalar instructions itself and dispatches the others.
// Source: AIR.md §5.1. Caveat: the AIR accepts a second cpu with a loop; "exactly one cpu" is the instance rule.
import { component } from '../../air/component.ts';
import { before, type Expression, sum } from '../../air/expression.ts';
import { ISA, LANES, MODE_BASE, MODES, RAM_BASE, SECOND_VARIANT, WORD_FIELDS } from '../program/isa.ts';
import { dispatch, read, write } from './relations.ts';

/** one column per opcode but MAC, which is what is left */
export const FLAGS = ['MUL', 'STO', 'SET', 'ADD', 'MLS', 'JMP', 'JNZ', 'CAL', 'RET', 'AP', 'HLT'] as const;
/** words that CAL writes below the new frame: the caller's fp and where it goes on */
const CALL_WORDS = 2;
const code = (flag: (typeof FLAGS)[number]): number => ISA[flag === 'STO' ? 'STORE' : flag].code;

export const cpu = component('cpu', (c) => {
  const { pc, ap, fp } = c.columns('pc', 'ap', 'fp');
  const word = c.columns(...WORD_FIELDS);
  const { ea, eb, ec, rc, rl, va, vb, vc, tk, inv, en } = c.columns('ea', 'eb', 'ec', 'rc', 'rl', 'va', 'vb', 'vc', 'tk', 'inv', 'en');
  const flags = c.columns(...FLAGS);
  const { MUL, STO, SET, ADD, MLS, JMP, JNZ, CAL, RET, AP, HLT } = flags;
  const { v0, v1 } = c.columns('v0', 'v1');
  const modes = c.columns(...MODES);
  const { rA, rB, rC, xA, xB, xC, im } = modes;

  const MAC = c.let(en.sub(...FLAGS.map((flag) => flags[flag])));
  const cont = c.let(before(en).sub(before(HLT))); // this row continues the program
  const start = c.let(en.sub(cont)); // the program starts here
  const rs = c.let(start.add(before(rl)).sub(before(HLT))); // first repeat of an instruction
  const nr = c.let(before(en).sub(before(rl))); // a further repeat

  c.boolean({ en, ...flags, MAC, start, rl, tk, v0, v1, ...modes });
  c.when(MAC.not().sub(STO)).zero('variants', v0.add(v1));
  const opcode = c.let(MAC.mul(ISA.MAC.code).add(...FLAGS.map((flag) => flags[flag].mul(code(flag))), v0, v1.mul(SECOND_VARIANT)));
  const op = c.let(opcode.add(...MODES.map((mode, i) => modes[mode].mul(MODE_BASE << i))));
  c.when(en).equal('decode', word.op, op);

  c.when(start).zero('start pc', pc);
  c.when(start).equal('start ap', ap, RAM_BASE);
  c.when(start).equal('start fp', fp, RAM_BASE);

  c.when(rl).zero('rl needs en', en.not());
  c.when(HLT).zero('halt is last', rl.not());
  c.when(tk).zero('take is last', rl.not());
  c.when(rs).equal('repeat start', rc, word.n.sub(1));
  c.when(nr).equal('repeat step', rc, before(rc).sub(1));
  c.when(rl).zero('repeat end', rc);

  // how far a register moves on rows that continue the program
  const change = (x: Expression): Expression => x.sub(before(x));
  const jump = before(vb).sub(before(pc), 1);
  c.equal('pc', cont.mul(change(pc).sub(before(rl))), before(tk).mul(jump));
  const apOfAp = before(AP).mul(before(va).sub(before(ap)));
  const apOfCall = before(CAL).mul(before(word.f0));
  c.equal('ap', cont.mul(change(ap)), apOfAp.add(apOfCall));
  const fpOfCall = before(CAL).mul(before(ap).add(CALL_WORDS).sub(before(fp)));
  const fpOfReturn = before(RET).mul(before(va).sub(before(fp)));
  c.equal('fp', cont.mul(change(fp)), fpOfCall.add(fpOfReturn));

  const operand = (name: string, e: Expression, x: Expression, step: Expression, relativeFp: Expression, relativeAp: Expression): void => {
    c.when(rs).equal(`operand ${name} first`, e, x.add(relativeFp.mul(fp), relativeAp.mul(ap)));
    c.when(nr).equal(`operand ${name} step`, e, before(e).add(step));
  };
  operand('a', ea, word.a, word.as, rA, xA);
  operand('b', eb, word.b, word.bs, rB, xB);
  operand('c', ec, word.c, word.cs, rC, xC);

  c.equal('take', JNZ.not().mul(tk), JMP.add(CAL, RET));
  c.when(JNZ).equal('taken is nonzero', va.mul(inv), tk);
  c.when(JNZ, tk.not()).zero('not taken is zero', va);
  c.when(im).equal('immediate', vb, eb);
  c.when(RET).zero('RET reads', im);
  const setResult = SET.mul(vc.sub(word.f0));
  const addResult = ADD.mul(vc.sub(va, vb));
  const mulResult = MLS.mul(vc.sub(va.mul(vb)));
  const calResult = CAL.mul(vc.sub(pc, 1));
  c.zero('result', setResult.add(addResult, mulResult, calResult));
  c.when(CAL).equal('CAL saves fp', va, fp);

  const scalar = (address: Expression, value: Expression) => [address, value, ...Array<number>(LANES - 1).fill(0)];
  c.use(read, en, [pc, ...WORD_FIELDS.map((field) => word[field])]);
  // operand a is read, but CAL writes it
  c.use(CAL.mul(write.id - read.id).add(read.id), sum(ADD, MLS, JNZ, RET, AP, CAL), scalar(ea, va));
  c.use(read, sum(ADD, MLS, JMP, JNZ, CAL, RET).mul(im.not()), scalar(eb, vb));
  c.use(write, sum(SET, ADD, MLS, CAL), scalar(ec, vc));
  const dispatched = c.let(
    MAC.mul(ISA.MAC.code).add(MUL.mul(ISA.MUL.code), STO.mul(ISA.STORE.code), HLT.mul(ISA.HLT.code), v0, v1.mul(SECOND_VARIANT)),
  );
  const { f0, f1, f2, f3, f4, f5, f6, f7 } = word;
  c.use(dispatch, sum(MAC, MUL, STO, HLT), [dispatched, ea, eb, ec, f0, f1, f2, f3, f4, f5, f6, f7]);
});
