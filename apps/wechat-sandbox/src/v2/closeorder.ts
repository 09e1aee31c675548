import { no } from '../book/no';
import { type Call, visitedTrade } from './call';
import { worded } from './no';
import { closeorderRules } from './rules';

export const closeorder: Call = {
  rules: closeorderRules,
  act(visit, { book }) {
    const trade = visitedTrade(visit, book, 'closeorder');
    const ageMsMin = book.settings.values.close_after_ms;
    const refusal = trade ? book.close(trade, { ageMsMin }) : no('notExist');
    return refusal ? worded(refusal) : {};
  },
};
