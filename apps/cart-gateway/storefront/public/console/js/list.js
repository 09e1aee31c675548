// A list of the console.
import * as pagedList from '../../js/paged-list.js';
import { inConsole } from './access.js';

/** As the shoppers' lists are shown, for operators and auditors. */
export const showList = (list) => pagedList.showList({ ...list, signedIn: inConsole });
