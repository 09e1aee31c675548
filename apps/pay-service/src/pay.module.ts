import { type DynamicModule, Module } from '@nestjs/common';
import { Bills } from './bills';
import { Dialects } from './dialects';
import { PayController } from './pay.controller';

/** The pay service over the dialects in which it speaks with WeChat. */
@Module({})
export class PayModule {
  static over(dialects: Dialects): DynamicModule {
    return {
      module: PayModule,
      controllers: [PayController],
      providers: [
        { provide: Dialects, useValue: dialects },
        { provide: Bills, useValue: new Bills(dialects) },
      ],
    };
  }
}
