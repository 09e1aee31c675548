import type { OrderInput } from '@saoma/contracts/order';
import { personalData } from '@saoma/contracts/personal-data';
import { Serves } from '@saoma/platform/rpc/serves';
import { PersonalDataService } from './personal-data.service';

@Serves(personalData)
export class PersonalDataController {
  constructor(private readonly personalData: PersonalDataService) {}

  forget(input: OrderInput<'forget'>) {
    return this.personalData.forget(input);
  }
}
