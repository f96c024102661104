// Components that are not in air/proved.ts yet are proved as they are recorded: imported before the machine by what writes that list, and by
// tests, whose machines are not in it. Caveat: a module that is imported for what it does.
import { proveRegistersWith } from '../air/component.ts';
import { requireForgetting } from '../air/registers.ts';

proveRegistersWith(requireForgetting);
