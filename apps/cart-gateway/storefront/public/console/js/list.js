// A list of the console, and its filters.
import * as pagedList from '../../js/paged-list.js';
import { inConsole } from './access.js';

/** As the shoppers' lists are shown, for operators and auditors. */
export const showList = (list) => pagedList.showList({ ...list, signedIn: inConsole });

/** What the address says of a filter, if it is one of these. */
export function chosen(name, values) {
  const value = new URLSearchParams(location.search).get(name);
  return values.includes(value) ? value : values[0];
}
