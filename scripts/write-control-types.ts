import { writeControlPython } from './control-python.ts';
import { writeControlTypes } from './control-types.ts';

writeControlTypes();
writeControlPython();
