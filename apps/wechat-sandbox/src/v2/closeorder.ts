import { nos } from '../book/no';
import { type Call, visitedTrade } from './call';
import { closeorderRules } from './rules';

export const closeorder: Call = {
  rules: closeorderRules,
  act(visit, { book }) {
    const trade = visitedTrade(visit, book, 'closeorder');
    return trade ? (book.close(trade) ?? {}) : nos.notExist;
  },
};
