import { daily } from '../support/recommend.ts'
import type { Row } from '../support/rows.ts'

export interface RuleCase {
  /** File name of the rule, without `.sql`. */
  readonly rule: string
  readonly fires: readonly Row[]
  /** Columns of its one finding, or of the first; amounts compared to six digits. */
  readonly finding: Row
  readonly quiet: readonly Row[]
  /** Number of findings when it fires; default 1. */
  readonly count?: number
}

/** A day of hours at `rate` an hour. */
const hours = (meter: string, rate: number, more: Row = {}): Row => ({
  ResourceId: 'r-1',
  ServiceName: 'Amazon Elastic Compute Cloud',
  SkuMeter: meter,
  PricingUnit: 'Hours',
  PricingQuantity: '24',
  EffectiveCost: (24 * rate).toFixed(10),
  ...more,
})
/** A day of something else than hours. */
const used = (meter: string, quantity: number, cost: number, more: Row = {}): Row =>
  hours(meter, 0, {
    PricingUnit: 'GB',
    PricingQuantity: quantity.toFixed(12),
    EffectiveCost: cost.toFixed(12),
    ...more,
  })
/** A day of a volume or bucket of `gb` at `price` a GB-month, in a month of 30 days. */
const stored = (meter: string, gb: number, price: number, more: Row = {}): Row =>
  used(meter, gb / 30, (gb * price) / 30, { PricingUnit: 'GB-Months', ...more })

const rds = { ServiceName: 'Amazon Relational Database Service' }
const postgres = { ...rds, x_Operation: 'CreateDBInstance:0014' }
const cache = { ServiceName: 'Amazon ElastiCache' }
const linux = { x_Operation: 'RunInstances' }
const dev = { Tags: { environment: 'dev' } }
const prod = { Tags: { environment: 'prod' } }
const s3 = { ServiceName: 'Amazon Simple Storage Service' }
const ddb = { ServiceName: 'Amazon DynamoDB' }
const covered = {
  CommitmentDiscountStatus: 'Used',
  CommitmentDiscountId: 'sp-1',
  CommitmentDiscountType: 'Savings Plan',
}
const halfOfSummer = ['2026-07-01', '2026-10-01'] as const

/**
 * A resource that runs all hours of September costs rate × 730 a month (specs/optimisation.md, Money): at 1 an hour, 730.
 * Own regions keep one case's prices out of another's.
 */
export const cases: readonly RuleCase[] = [
  {
    rule: 'aws_rds_extended_support',
    // 4 vCPU Multi-AZ: 8 vCPU hours at 0.10, 584 a month
    fires: daily(used('ExtendedSupport:Yr1-Yr2:MySQL5.7', 192, 19.2, { ...rds, PricingUnit: 'vCPU-Hours' })),
    finding: { monthly_saving: 584, price_source: 'rows' },
    quiet: daily(hours('InstanceUsage:db.m5.xlarge', 1, postgres)),
  },
  {
    rule: 'aws_eks_extended_support',
    fires: daily(hours('USE1-AmazonEKS-Hours:extendedSupport', 0.5, { x_Operation: 'ExtendedSupport' })),
    finding: { monthly_saving: 365 },
    quiet: daily(hours('USE1-AmazonEKS-Hours:perCluster', 0.1)),
  },
  {
    rule: 'aws_odcr_unused',
    // 0.1 an hour on demand, and another unit for which a plan pays 0.06: cash only on the first
    fires: [...daily(hours('UnusedBox:m5.large', 0.1)), ...daily(hours('UnusedBox:m5.large', 0.06, covered))],
    finding: { monthly_cost: 116.8, monthly_saving: 73, covered_fraction: 0.375 },
    quiet: daily(hours('BoxUsage:m5.large', 0.1, { CapacityReservationId: 'cr-1', CapacityReservationStatus: 'Used' })),
  },
  {
    rule: 'aws_s3_early_delete',
    fires: daily(used('EarlyDelete-SIA', 10, 1.2, s3)),
    finding: { monthly_saving: 36.5 },
    quiet: daily(used('TimedStorage-SIA-ByteHrs', 10, 1.2, s3)),
  },
  {
    rule: 'aws_cloudtrail_extra',
    fires: daily(used('USE1-PaidEventsRecorded', 12_000, 0.24, { ResourceId: null, ServiceName: 'AWS CloudTrail' })),
    finding: { monthly_saving: 7.3, resource_id: null },
    quiet: daily(used('USE1-FreeEventsRecorded', 12_000, 0, { ResourceId: null, ServiceName: 'AWS CloudTrail' })),
  },
  {
    rule: 'aws_nat_idle',
    fires: daily(hours('NatGateway-Hours', 0.045)),
    finding: { observed_cost: 32.4, monthly_saving: 32.85 },
    quiet: [
      ...daily(hours('NatGateway-Hours', 0.045)),
      ...daily(used('NatGateway-Bytes', 1, 0.045), '2026-09-20', '2026-09-21'),
    ],
  },
  {
    rule: 'aws_elb_idle',
    fires: [...daily(hours('LoadBalancerUsage', 0.0225)), ...daily(used('LCUUsage', 0.001, 0.000008))],
    finding: { observed_cost: 16.2, monthly_saving: 16.425 },
    quiet: [...daily(hours('LoadBalancerUsage', 0.0225)), ...daily(used('LCUUsage', 24, 0.192))],
  },
  {
    rule: 'aws_vpce_idle',
    fires: daily(hours('USE1-VpcEndpoint-Hours', 0.01)),
    finding: { monthly_saving: 7.3 },
    quiet: [...daily(hours('USE1-VpcEndpoint-Hours', 0.01)), ...daily(used('USE1-VpcEndpoint-Bytes', 3, 0.03))],
  },
  {
    rule: 'aws_vpn_idle',
    fires: daily(hours('VPN-Usage-Hours:ipsec.1', 0.05)),
    finding: { monthly_saving: 36.5 },
    quiet: [...daily(hours('VPN-Usage-Hours:ipsec.1', 0.05)), ...daily(used('DataTransfer-Out-Bytes', 3, 0.27))],
  },
  {
    rule: 'aws_dx_idle',
    fires: daily(hours('USE1-EqDC2-PortUsage:1G', 0.3, { ServiceName: 'AWS Direct Connect' })),
    finding: { monthly_saving: 219 },
    quiet: [
      ...daily(hours('USE1-EqDC2-PortUsage:1G', 0.3, { ServiceName: 'AWS Direct Connect' })),
      ...daily(
        used('USE1-EqDC2-DataXfer-Out:dc.3', 3, 0.06, { ServiceName: 'AWS Direct Connect', ResourceId: 'dxvif-1' }),
      ),
    ],
  },
  {
    rule: 'aws_rds_graviton',
    fires: daily(hours('InstanceUsage:db.m5.large', 1, postgres)),
    finding: { monthly_cost: 730, monthly_saving: 73 },
    quiet: daily(hours('InstanceUsage:db.m5.large', 1, { ...rds, x_Operation: 'CreateDBInstance:0008' })),
  },
  {
    rule: 'aws_elasticache_graviton',
    fires: daily(hours('NodeUsage:cache.r5.large', 1, { ...cache, x_Operation: 'CreateCacheCluster:0001' })),
    finding: { monthly_saving: 36.5 },
    quiet: daily(hours('NodeUsage:cache.r7g.large', 1, cache)),
  },
  {
    rule: 'aws_opensearch_graviton',
    fires: daily(hours('ESInstance:r5.large', 1)),
    finding: { monthly_saving: 36.5 },
    quiet: daily(hours('ESInstance:r6g.large', 1)),
  },
  {
    rule: 'aws_lambda_graviton',
    fires: daily(used('Lambda-GB-Second', 1e6, 24)),
    finding: { monthly_saving: 146 },
    quiet: daily(used('Lambda-GB-Second-ARM', 1e6, 24)),
  },
  {
    rule: 'aws_elasticache_valkey',
    fires: daily(hours('NodeUsage:cache.r7g.large', 1, { ...cache, x_Operation: 'CreateCacheCluster:0002' })),
    finding: { monthly_saving: 146 },
    quiet: daily(hours('NodeUsage:cache.r7g.large', 1, { ...cache, x_Operation: 'CreateCacheCluster:0001' })),
  },
  {
    rule: 'aws_elasticache_valkey_serverless',
    fires: daily(used('ElastiCache:ServerlessStorage:Redis', 10, 24, cache)),
    finding: { monthly_saving: 240.9 },
    quiet: daily(used('ElastiCache:ServerlessStorage:Valkey', 10, 24, cache)),
  },
  {
    rule: 'aws_s3_glacier_legacy',
    fires: daily(used('TimedStorage-ByteHrs', 10, 24, { ServiceName: 'Amazon Glacier' })),
    finding: { monthly_saving: 529.25 },
    quiet: daily(used('TimedStorage-ByteHrs', 10, 24, s3)),
  },
  {
    rule: 'aws_snap_old',
    fires: [
      ...daily(used('EBS:SnapshotUsage', 10, 24), '2025-08-01', '2025-08-02'),
      ...daily(used('EBS:SnapshotUsage', 10, 24)),
    ],
    finding: { monthly_cost: 730, monthly_saving: 365 },
    quiet: [
      ...daily(used('EBS:SnapshotUsage', 10, 24), '2025-09-02', '2025-09-03'),
      ...daily(used('EBS:SnapshotUsage', 10, 24)),
    ],
  },
  {
    rule: 'aws_rds_multiaz_nonprod',
    fires: daily(hours('Multi-AZUsage:db.m6g.large', 1, { ...postgres, ...dev })),
    finding: { monthly_saving: 365 },
    quiet: daily(hours('Multi-AZUsage:db.m6g.large', 1, { ...postgres, ...prod })),
  },
  {
    rule: 'aws_ip_in_use',
    fires: daily(hours('PublicIPv4:InUseAddress', 0.005)),
    finding: { monthly_saving: 1.825, price_source: 'scenario' },
    quiet: daily(hours('PublicIPv4:IdleAddress', 0.005)),
  },
  {
    rule: 'aws_nat_hot',
    // 10,000 GB at 0.045 are 450 in 720 hours; 0.6 of it 270
    fires: daily(used('NatGateway-Bytes', 10_000 / 30, 15)),
    finding: { observed_cost: 450, monthly_saving: (270 * 730) / 720 },
    quiet: daily(hours('NatGateway-Hours', 0.045)),
  },
  {
    rule: 'aws_cw_logs',
    fires: daily(used('USE1-DataProcessing-Bytes', 48, 24, { ServiceName: 'AmazonCloudWatch' })),
    finding: { monthly_saving: 365 },
    quiet: daily(used('USE1-TimedStorage-ByteHrs', 48, 24, { ServiceName: 'AmazonCloudWatch' })),
  },
  {
    rule: 'aws_dt_az',
    fires: daily(used('DataTransfer-Regional-Bytes', 2400, 24)),
    finding: { monthly_cost: 730, monthly_saving: null },
    quiet: daily(used('DataTransfer-In-Bytes', 2400, 0)),
  },
  {
    rule: 'aws_dt_region',
    fires: daily(used('USE1-EUC1-AWS-Out-Bytes', 1200, 24)),
    finding: { monthly_cost: 730, monthly_saving: null },
    quiet: daily(used('USE1-DataTransfer-Out-Bytes', 1200, 24)),
  },
  {
    rule: 'aws_dt_egress',
    fires: [
      ...daily(used('USE1-DataTransfer-Out-Bytes', 270, 12), '2026-08-02', '2026-09-01'),
      ...daily(used('USE1-DataTransfer-Out-Bytes', 270, 24)),
    ],
    finding: { monthly_cost: 730, explanation: '8100 GB for 720.00 USD in the look-back, +100 % on the period before' },
    quiet: daily(used('USE1-EUC1-AWS-Out-Bytes', 1200, 24)),
  },
  {
    rule: 'aws_ebs_gp2',
    // vector O01, 500 GB: 10 less for storage, 5 more for 125 MiB/s
    fires: daily(stored('EBS:VolumeUsage.gp2', 500, 0.1)),
    finding: { monthly_saving: 5, price_source: 'price table of 2026-11-01' },
    quiet: daily(stored('EBS:VolumeUsage.gp3', 500, 0.08, { RegionId: 'r-gp2' })),
  },
  {
    rule: 'aws_ebs_io_to_gp3',
    // 100 GB at 0.125 and 4,000 IOPS at 0.065 are 272.5; gp3: 8 + 1,000 × 0.005
    fires: [
      ...daily(stored('EBS:VolumeUsage.piops', 100, 0.125)),
      ...daily(stored('EBS:VolumeP-IOPS.piops', 4000, 0.065, { PricingUnit: 'IOPS-Months' })),
    ],
    finding: { monthly_saving: 259.5 },
    quiet: daily(stored('EBS:VolumeP-IOPS.io2', 16_001, 0.065, { PricingUnit: 'IOPS-Months' })),
  },
  {
    rule: 'aws_ebs_gp3_overprovisioned',
    fires: [
      ...daily(used('EBS:VolumeUsage.gp3', 10, 24, { RegionId: 'r-gp3' })),
      ...daily(used('EBS:VolumeP-IOPS.gp3', 10, 24, { RegionId: 'r-gp3' })),
    ],
    finding: { monthly_cost: 730, monthly_saving: 730 },
    quiet: [
      ...daily(used('EBS:VolumeUsage.gp3', 10, 24, { RegionId: 'r-gp3' })),
      ...daily(used('EBS:VolumeP-IOPS.gp3', 10, 10, { RegionId: 'r-gp3' })),
    ],
  },
  {
    rule: 'aws_ebs_unattached',
    fires: [
      ...daily(hours('BoxUsage:x9.large', 1, { ResourceId: 'i-0123456789abcdef0' })),
      ...daily(
        used('EBS:VolumeUsage.st1', 10, 24, { ResourceId: 'vol-1', Tags: { attached_to: 'i-0fedcba9876543210' } }),
      ),
    ],
    finding: {
      resource_id: 'vol-1',
      monthly_saving: 730,
      explanation: 'its tag names i-0fedcba9876543210, which is not charged; 720.00 USD in the look-back',
    },
    quiet: [
      ...daily(hours('BoxUsage:x9.large', 1, { ResourceId: 'i-0123456789abcdef0' })),
      ...daily(
        used('EBS:VolumeUsage.st1', 10, 24, { ResourceId: 'vol-1', Tags: { attached_to: 'i-0123456789abcdef0' } }),
      ),
      ...daily(used('EBS:VolumeUsage.st1', 10, 24, { ResourceId: 'vol-2' })),
    ],
  },
  {
    rule: 'aws_ec2_prevgen',
    // the price of m6i.large is on the bill: 0.1 an hour less
    fires: [
      ...daily(hours('BoxUsage:m4.large', 1, { ...linux, RegionId: 'r-own', ResourceId: 'i-old' })),
      ...daily(hours('BoxUsage:m6i.large', 0.9, { ...linux, RegionId: 'r-own', ResourceId: 'i-new' })),
    ],
    finding: { resource_id: 'i-old', monthly_saving: 73, price_source: 'own bill' },
    quiet: daily(hours('BoxUsage:m6i.large', 1, { ...linux, RegionId: 'r-quiet' })),
  },
  {
    rule: 'aws_ec2_graviton',
    fires: daily(hours('BoxUsage:m6i.large', 1, { ...linux, RegionId: 'r-grav' })),
    finding: { monthly_saving: 146, price_source: 'ratio: KPI dashboard, 20 %' },
    quiet: daily(hours('BoxUsage:m6i.large', 1, { x_Operation: 'RunInstances:0002', RegionId: 'r-grav' })),
  },
  {
    rule: 'aws_ec2_graviton_amd',
    fires: daily(hours('BoxUsage:m6a.large', 1, { ...linux, RegionId: 'r-grav-amd' })),
    finding: { monthly_saving: 73 },
    quiet: daily(hours('BoxUsage:m7g.large', 1, { ...linux, RegionId: 'r-grav-amd' })),
  },
  {
    rule: 'aws_ec2_amd',
    fires: daily(hours('BoxUsage:m6i.large', 1, { ...linux, RegionId: 'r-amd' })),
    finding: { monthly_saving: 73 },
    quiet: daily(hours('BoxUsage:m6i.large', 1, { ...linux, ...covered, RegionId: 'r-amd' })),
  },
  {
    rule: 'aws_ec2_spot',
    fires: daily(
      hours('BoxUsage:m6i.large', 1, { ...linux, RegionId: 'r-spot', Tags: { 'aws:autoscaling:groupName': 'web' } }),
    ),
    finding: {
      resource_id: null,
      monthly_saving: 401.5,
      explanation: '1 short-lived or scaled instances on demand for 720.00 USD in the look-back',
    },
    quiet: daily(hours('BoxUsage:m6i.large', 1, { ...linux, RegionId: 'r-spot' })),
  },
  {
    rule: 'aws_schedule',
    // vector O03: 0.40 an hour, a quarter covered
    fires: [
      ...daily(hours('BoxUsage:m9.large', 0, { ...dev, PricingQuantity: '18', EffectiveCost: '7.2' })),
      ...daily(
        hours('BoxUsage:m9.large', 0, {
          ...dev,
          ...covered,
          PricingQuantity: '6',
          EffectiveCost: '1.8',
          ContractedCost: '2.4',
        }),
      ),
    ],
    finding: { monthly_saving: 140.785714286, covered_fraction: 0.25 },
    quiet: [
      ...daily(hours('BoxUsage:m9.large', 0.4, prod)),
      ...daily(hours('BoxUsage:m9.large', 0.4, { ...dev, ResourceId: 'i-weekdays' }), '2026-09-07', '2026-09-12'),
      ...daily(hours('BoxUsage:m9.large', 0.4, { ...dev, ResourceId: 'i-weekdays' }), '2026-09-14', '2026-09-19'),
    ],
  },
  {
    rule: 'aws_aurora_io',
    // 24 − 0.30 × 10 − 1.25 × 1 = 19.75 a day
    fires: [
      ...daily(used('Aurora:StorageIOUsage', 1e6, 24, rds)),
      ...daily(used('Aurora:StorageUsage', 10, 1, rds)),
      ...daily(
        hours('InstanceUsage:db.r9.large', 10 / 24, {
          ...rds,
          ResourceId: 'db-1',
          x_Operation: 'CreateDBInstance:0021',
        }),
      ),
    ],
    finding: { resource_id: null, monthly_saving: (19.75 * 730) / 24 },
    quiet: [
      ...daily(used('Aurora:StorageIOUsage', 1e6, 4, rds)),
      ...daily(used('Aurora:StorageUsage', 10, 1, rds)),
      ...daily(
        hours('InstanceUsage:db.r9.large', 10 / 24, {
          ...rds,
          ResourceId: 'db-1',
          x_Operation: 'CreateDBInstance:0021',
        }),
      ),
    ],
  },
  {
    rule: 'aws_s3_standard_only',
    // vector O06 without retrieval: 1,000 × (0.023 − 0.0125)
    fires: daily(stored('TimedStorage-ByteHrs', 1000, 0.023, s3), ...halfOfSummer),
    finding: { monthly_saving: 10.5, price_source: 'price table of 2026-11-01', one_off_cost: null },
    quiet: [
      ...daily(stored('TimedStorage-ByteHrs', 1000, 0.023, s3), ...halfOfSummer),
      ...daily(used('Requests-Tier2', 1000, 0.0004, s3), '2026-08-05', '2026-08-06'),
    ],
  },
  {
    rule: 'aws_ddb_ia',
    // 0.6 × 24 − 0.25 × 24 = 8.4 a day
    fires: [...daily(used('TimedStorage-ByteHrs', 96, 24, ddb)), ...daily(used('ReadRequestUnits', 1e6, 24, ddb))],
    finding: { monthly_saving: 255.5 },
    quiet: [...daily(used('TimedStorage-ByteHrs', 96, 24, ddb)), ...daily(used('ReadRequestUnits', 1e6, 58, ddb))],
  },
  {
    rule: 'aws_rds_commit',
    fires: daily(hours('InstanceUsage:db.m9.large', 1, postgres)),
    finding: { monthly_cost: 730, monthly_saving: null },
    quiet: daily(hours('InstanceUsage:db.m9.large', 1, { ...postgres, ...covered })),
  },
  {
    rule: 'aws_cache_commit',
    fires: daily(hours('NodeUsage:cache.r9.large', 1, cache)),
    finding: { monthly_cost: 730, monthly_saving: null },
    quiet: daily(hours('NodeUsage:cache.r9.large', 1, cache), '2026-09-05', '2026-09-20'),
  },
  {
    rule: 'aws_ddb_commit',
    fires: daily(used('ReadCapacityUnit-Hrs', 2400, 24, ddb)),
    finding: { monthly_cost: 730, monthly_saving: null },
    quiet: daily(used('ReadRequestUnits', 2400, 24, ddb)),
  },
  {
    rule: 'aws_commit_gap',
    fires: daily(hours('BoxUsage:q9.large', 1, linux)),
    finding: { monthly_cost: 730, monthly_saving: null },
    quiet: daily(hours('BoxUsage:q9.large', 1, { ...linux, ...covered })),
  },
  {
    rule: 'aws_commit_unused',
    // 24 of 72 a day unused
    fires: [
      ...daily(hours('BoxUsage:q9.large', 2, { ...linux, ...covered, CommitmentDiscountId: 'ri-waste' })),
      ...daily(
        hours('BoxUsage:q9.large', 1, {
          ...covered,
          CommitmentDiscountId: 'ri-waste',
          CommitmentDiscountStatus: 'Unused',
        }),
      ),
    ],
    finding: { resource_id: 'ri-waste', monthly_cost: 730, explanation: '33.3 % of the commitment is not used' },
    quiet: daily(hours('BoxUsage:q9.large', 2, { ...linux, ...covered, CommitmentDiscountId: 'ri-full' })),
  },
  {
    rule: 'aws_commit_expiring',
    // on demand it would cost 3 an hour, under the plan 2
    fires: daily(
      hours('BoxUsage:q9.large', 2, {
        ...linux,
        ...covered,
        ContractedCost: '72',
        CommitmentDiscountId: 'sp-ends',
        x_CommitmentEnd: '2026-12-01T00:00:00Z',
      }),
    ),
    finding: { resource_id: 'sp-ends', monthly_saving: 730 },
    quiet: daily(
      hours('BoxUsage:q9.large', 2, {
        ...linux,
        ...covered,
        ContractedCost: '72',
        CommitmentDiscountId: 'sp-long',
        x_CommitmentEnd: '2027-12-01T00:00:00Z',
      }),
    ),
  },
  {
    rule: 'aws_workspaces_mode',
    // 2 a day are 60.83 a month, AlwaysOn costs 25
    fires: [
      ...daily(
        used('USE1-AW-HW-2-AutoStop-Usage', 8, 2, {
          ServiceName: 'Amazon WorkSpaces',
          ResourceId: 'ws-1',
          RegionId: 'r-ws',
        }),
      ),
      ...daily(
        used('USE1-AW-HW-2', 1, 25, { ServiceName: 'Amazon WorkSpaces', ResourceId: 'ws-2', RegionId: 'r-ws' }),
        '2026-09-01',
        '2026-09-02',
      ),
    ],
    finding: { resource_id: 'ws-1', monthly_saving: (60 * 730) / 720 - 25 },
    quiet: daily(used('USE1-AW-HW-2-AutoStop-Usage', 8, 2, { ServiceName: 'Amazon WorkSpaces', RegionId: 'r-ws-2' })),
  },
]
