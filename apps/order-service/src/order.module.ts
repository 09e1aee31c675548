import { type DynamicModule, Module } from '@nestjs/common';
import { CartController } from './cart/cart.controller';
import { CartService } from './cart/cart.service';
import { EndedCarts } from './cart/ended-carts';
import { CatalogueService } from './catalogue/catalogue.service';
import { Clock } from './clock/clock';
import { OrderConfig } from './config';
import { Database } from './database/database';
import { BookGauges } from './health/book-gauges';
import { HealthController } from './health/health.controller';
import { HealthService } from './health/health.service';
import { IdWorker } from './ids/id-worker';
import { WorkerLeaseKeeper } from './ids/worker-lease';
import { Anomalies } from './ledger/anomalies';
import { History } from './ledger/history';
import { LastingUnknown } from './ledger/lasting-unknown';
import { Outbox } from './ledger/outbox';
import { Notices } from './notices/notices';
import { NoticesController } from './notices/notices.controller';
import { OperatorController } from './operator/operator.controller';
import { OperatorService } from './operator/operator.service';
import { OrderService } from './orders/order.service';
import { OrderPhones } from './orders/order-phones';
import { OrdersController } from './orders/orders.controller';
import { Asking } from './payments/asking';
import { Closing } from './payments/closing';
import { CodeClaims } from './payments/code-claims';
import { CodeRefusals } from './payments/code-refusals';
import { Examination } from './payments/examination';
import { MisplacedMoney } from './payments/misplaced-money';
import { Opening } from './payments/opening';
import { PayClient } from './payments/pay-client';
import { PayLogCache } from './payments/pay-log-cache';
import { PaymentService } from './payments/payment.service';
import { LostRefunds, PaymentBook } from './payments/payment-book';
import { PaymentInquiry } from './payments/payment-inquiry';
import { PaymentsController } from './payments/payments.controller';
import { Settlement } from './payments/settlement';
import { ForgettingAgain } from './personal-data/forgetting-again';
import { PersonalDataController } from './personal-data/personal-data.controller';
import { PersonalDataService } from './personal-data/personal-data.service';
import { BillFiles } from './reconcile/bill-files';
import { FindingBook } from './reconcile/finding-book';
import { Findings } from './reconcile/findings';
import { Healing } from './reconcile/healing';
import { Reconciliation } from './reconcile/reconciliation';
import { ReconciliationController } from './reconcile/reconciliation.controller';
import { ReconciliationService } from './reconcile/reconciliation.service';
import { ReconciliationBook } from './reconcile/reconciliation-book';
import { Bell } from './redis/bell';
import { RedisStore } from './redis/redis-store';
import { MemoryStore, SharedStore } from './redis/shared-store';
import { RefundsByNumber } from './refunds/lost-refunds';
import { RefundService } from './refunds/refund.service';
import { RefundAdoption } from './refunds/refund-adoption';
import { RefundBook } from './refunds/refund-book';
import { RefundElsewhere } from './refunds/refund-elsewhere';
import { RefundInquiry } from './refunds/refund-inquiry';
import { RefundNews } from './refunds/refund-news';
import { RefundRun } from './refunds/refund-run';
import { RefundsController } from './refunds/refunds.controller';
import { StatisticsController } from './statistics/statistics.controller';
import { StatisticsService } from './statistics/statistics.service';
import { Courier } from './webhook/courier';

/** What compares our books with WeChat's bills. */
const reconciling = [
  ReconciliationBook,
  BillFiles,
  FindingBook,
  Findings,
  Healing,
  Reconciliation,
  ReconciliationService,
];

/** What opens payments, and gives out their codes. */
const opening = [Opening, CodeClaims, CodeRefusals];

/** The order service over an open database that has the current schema. */
@Module({})
export class OrderModule {
  static over(
    config: OrderConfig,
    database: Database,
    store: SharedStore = config.REDIS_URL
      ? new RedisStore(config.REDIS_URL, config.REDIS_PREFIX)
      : new MemoryStore(),
  ): DynamicModule {
    return {
      module: OrderModule,
      controllers: [
        CartController,
        OrdersController,
        PaymentsController,
        RefundsController,
        NoticesController,
        OperatorController,
        StatisticsController,
        PersonalDataController,
        ReconciliationController,
        HealthController,
      ],
      providers: [
        { provide: OrderConfig, useValue: config },
        { provide: Database, useValue: database },
        { provide: SharedStore, useValue: store },
        { provide: IdWorker, useFactory: () => new IdWorker() },
        { provide: PayClient, useFactory: () => new PayClient(config.PAY_RPC, config.tls) },
        WorkerLeaseKeeper,
        CatalogueService,
        CartService,
        EndedCarts,
        OrderService,
        OrderPhones,
        PayLogCache,
        ...opening,
        Settlement,
        PaymentBook,
        PaymentInquiry,
        Examination,
        Closing,
        Asking,
        PaymentService,
        Bell,
        History,
        Outbox,
        Anomalies,
        LastingUnknown,
        MisplacedMoney,
        RefundService,
        RefundBook,
        RefundAdoption,
        RefundElsewhere,
        { provide: LostRefunds, useClass: RefundsByNumber },
        RefundInquiry,
        RefundRun,
        RefundNews,
        Notices,
        OperatorService,
        StatisticsService,
        PersonalDataService,
        ForgettingAgain,
        ...reconciling,
        Courier,
        Clock,
        HealthService,
        BookGauges,
      ],
    };
  }
}
