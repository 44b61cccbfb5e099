/** What a service's daily bill looks like; the archetype of its account decides the rest. */
export type ServiceClass = 'compute' | 'data' | 'storage' | 'traffic' | 'batch' | 'model' | 'seat'

export interface Vendor {
  readonly provider: string
  readonly regions: readonly string[]
  readonly services: Readonly<Record<ServiceClass, readonly string[]>>
  readonly usage: Readonly<Record<ServiceClass, readonly string[]>>
  readonly support: string
  readonly market: string
}

/** Names as they stand on bills of the three clouds, from the author's memory of public price lists (2024). */
export const vendors: readonly Vendor[] = [
  {
    provider: 'AWS',
    regions: ['us-east-1', 'us-west-2', 'eu-west-1', 'eu-central-1', 'ap-southeast-2', 'sa-east-1'],
    services: {
      compute: ['Amazon EC2', 'Amazon EKS', 'AWS Fargate', 'Amazon ElastiCache'],
      data: ['Amazon RDS', 'Amazon OpenSearch', 'Amazon DynamoDB', 'Amazon MSK'],
      storage: ['Amazon S3', 'Amazon EBS', 'AWS Backup'],
      traffic: ['Amazon CloudFront', 'AWS Lambda', 'AWS Data Transfer', 'Amazon SQS'],
      batch: ['AWS Glue', 'Amazon EMR', 'Amazon Athena'],
      model: ['Amazon SageMaker', 'Amazon Bedrock'],
      seat: ['Amazon WorkSpaces', 'Amazon QuickSight'],
    },
    usage: {
      compute: ['BoxUsage:m6i.large', 'BoxUsage:c7g.xlarge', 'SpotUsage:m6a.2xlarge', 'NatGateway-Bytes'],
      data: ['InstanceUsage:db.r6g.large', 'Multi-AZUsage', 'StorageIOUsage', 'BackupUsage'],
      storage: ['TimedStorage-ByteHrs', 'TimedStorage-GIR-ByteHrs', 'VolumeUsage.gp3', 'SnapshotUsage'],
      traffic: ['DataTransfer-Out-Bytes', 'Requests-Tier1', 'Lambda-GB-Second', 'DataTransfer-Regional-Bytes'],
      batch: ['ETL-DPU-Hour', 'EMR-r5.4xlarge', 'DataScannedInTB'],
      model: ['Train-ml.g5.2xlarge', 'Host-ml.p4d', 'InputTokens', 'OutputTokens'],
      seat: ['AutoStop-User', 'AlwaysOn-Standard'],
    },
    support: 'AWS Support (Business)',
    market: 'AWS Marketplace',
  },
  {
    provider: 'Azure',
    regions: ['westeurope', 'northeurope', 'eastus2', 'centralus', 'uksouth', 'southeastasia'],
    services: {
      compute: ['Virtual Machines', 'Azure Kubernetes Service', 'Azure App Service', 'Azure Cache for Redis'],
      data: ['SQL Database', 'Azure Cosmos DB', 'Azure Database for PostgreSQL'],
      storage: ['Storage Accounts', 'Managed Disks', 'Recovery Services'],
      traffic: ['Bandwidth', 'Azure Functions', 'Azure Front Door', 'Log Analytics'],
      batch: ['Azure Data Factory', 'Azure Databricks', 'Azure Synapse'],
      model: ['Azure OpenAI', 'Azure Machine Learning'],
      seat: ['Azure Virtual Desktop', 'Power BI Embedded'],
    },
    usage: {
      compute: ['D4s v5', 'E8s v5', 'B2ms', 'Standard Node'],
      data: ['vCore', '100 RU/s', 'Data Stored', 'Backup LRS'],
      storage: ['Hot LRS Data Stored', 'P30 Disks', 'Cool ZRS Data Stored', 'Snapshots ZRS'],
      traffic: ['Standard Data Transfer Out', 'Execution Time', 'Analytics Logs Ingestion', 'Base Fees'],
      batch: ['Premium Jobs Compute DBU', 'Data Movement', 'Orchestration Activity Run'],
      model: ['gpt-4o Input Tokens', 'gpt-4o Output Tokens', 'NC24ads A100 v4'],
      seat: ['Multi-session Host', 'A2 Node'],
    },
    support: 'Unified Support',
    market: 'SaaS',
  },
  {
    provider: 'Google Cloud',
    regions: ['europe-west1', 'europe-west4', 'us-central1', 'us-east4', 'asia-east1'],
    services: {
      compute: ['Compute Engine', 'Kubernetes Engine', 'Cloud Run', 'Memorystore'],
      data: ['Cloud SQL', 'Cloud Spanner', 'Bigtable', 'Firestore'],
      storage: ['Cloud Storage', 'Persistent Disk', 'Artifact Registry'],
      traffic: ['Networking', 'Cloud CDN', 'Cloud Logging', 'Pub/Sub'],
      batch: ['BigQuery', 'Dataflow', 'Dataproc'],
      model: ['Vertex AI', 'Cloud TPU'],
      seat: ['Looker', 'Cloud Workstations'],
    },
    usage: {
      compute: ['N2 Instance Core', 'N2 Instance Ram', 'E2 Instance Core', 'Spot Preemptible Core'],
      data: ['DB custom CPU', 'Regional Node', 'Storage PD SSD', 'Backups'],
      storage: ['Standard Storage', 'Nearline Storage', 'SSD backed PD Capacity', 'Class A Operations'],
      traffic: ['Internet Egress', 'Inter Zone Egress', 'Log Volume', 'Message Delivery'],
      batch: ['Analysis', 'Enterprise Edition Slots', 'vCPU Time Batch'],
      model: ['Gemini Pro Input', 'Gemini Pro Output', 'A2 Custom GPU'],
      seat: ['Platform Edition', 'Viewer User'],
    },
    support: 'Enhanced Support',
    market: 'Cloud Marketplace',
  },
]

export const teams = ['checkout', 'search', 'identity', 'ml-platform', 'risk', 'mobile', 'fulfilment', 'bi'] as const
