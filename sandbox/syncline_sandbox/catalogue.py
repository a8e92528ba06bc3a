"""Invented products: meters with prices in US dollars, commitments, marketplace offers."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Stock:
    """A distributor's stock item."""

    code: str
    description: str


CONSUMPTION = Stock("AZ-CONS", "Azure Consumption")
RESERVATION = Stock("AZ-RI", "Azure Reserved Instance")
SAVINGS_PLAN = Stock("AZ-SP", "Azure Savings Plan for Compute")
MARKETPLACE = Stock("AZ-MKT", "Azure Marketplace")
CREDIT = Stock("AZ-CREDIT", "Azure Credit")
STOCK = (CONSUMPTION, RESERVATION, SAVINGS_PLAN, MARKETPLACE, CREDIT)


@dataclass(frozen=True, slots=True)
class Meter:
    """A metered product; `most` bounds a month's quantity, `places` are its decimals."""

    product_id: str
    sku_id: str
    name: str
    unit: str
    price: Decimal
    most: int
    places: int
    ratio: Decimal
    """Cost over retail price: 0.88 where the distributor passes earned credit on."""

    @property
    def manufacturer_code(self) -> str:
        """Microsoft's product and SKU in one."""
        return f"{self.product_id}:{self.sku_id}"


def _meter(
    number: int, name: str, unit: str, price: str, most: int, places: int, ratio: str = "0.88"
) -> Meter:
    product = f"DZH318Z{0x0B9A0 + number * 37:05X}"
    sku = f"{number * 7 % 90 + 1:04}"
    return Meter(product, sku, name, unit, Decimal(price), most, places, Decimal(ratio))


METERS = (
    _meter(1, "Virtual Machines Dsv5 Series - D2s v5 - AU East", "1 Hour", "0.125", 744, 6),
    _meter(2, "Virtual Machines Dsv5 Series - D4s v5 - AU East", "1 Hour", "0.25", 1488, 6),
    _meter(3, "Virtual Machines Esv5 Series - E8s v5 - AU East", "1 Hour", "0.648", 744, 12),
    _meter(4, "Virtual Machines BS Series - B2ms - AU East", "1 Hour", "0.1056", 744, 10),
    _meter(5, "Virtual Machines Fsv2 Series Spot - F4s v2", "1 Hour", "0.0431", 744, 8, "0.97"),
    _meter(6, "Premium SSD Managed Disks - P10 LRS - AU East", "1/Month", "21.68", 24, 8),
    _meter(7, "Premium SSD Managed Disks - P30 LRS - AU East", "1/Month", "148.68", 8, 10),
    _meter(8, "Standard SSD Managed Disks - E10 LRS - AU East", "1/Month", "10.56", 30, 6),
    _meter(9, "Standard HDD Managed Disks - Disk Operations", "10K", "0.0005", 9000, 4),
    _meter(10, "Blob Storage - Hot LRS Data Stored - AU East", "1 GB/Month", "0.02", 6000, 12),
    _meter(11, "Blob Storage - Cool LRS Data Stored - AU East", "1 GB/Month", "0.011", 9000, 12),
    _meter(12, "Tiered Block Blob - All Other Operations", "10K", "0.0044", 800, 4),
    _meter(13, "Files - LRS Provisioned - AU East", "1 GiB/Month", "0.192", 900, 9),
    _meter(14, "Bandwidth - Inter-Region Data Transfer Out", "1 GB", "0.08", 700, 12, "0.4675"),
    _meter(15, "Bandwidth - Standard Data Transfer Out", "1 GB", "0.12", 1200, 12),
    _meter(16, "VPN Gateway - VpnGw1 - AU East", "1 Hour", "0.19", 744, 2),
    _meter(17, "Application Gateway - Standard v2 Fixed Cost", "1 Hour", "0.246", 744, 4),
    _meter(18, "Load Balancer - Standard Data Processed", "1 GB", "0.005", 4000, 12),
    _meter(19, "SQL Database Single Standard - S3 DTUs", "1/Day", "5.0009", 31, 6),
    _meter(20, "SQL Managed Instance - General Purpose vCore", "1 Hour", "0.2013", 2976, 6),
    _meter(21, "Azure Database for PostgreSQL - D2ds v4 vCore", "1 Hour", "0.1015", 744, 8),
    _meter(22, "Azure Cosmos DB - 100 RU/s", "1/Hour", "0.008", 7440, 6),
    _meter(23, "Azure App Service Premium v3 - P1 v3 App", "1 Hour", "0.187", 744, 6),
    _meter(24, "Azure Functions - Standard Execution Time", "1 GB Second", "0.000016", 400000, 6),
    _meter(25, "Log Analytics - Pay-as-you-go Data Ingestion", "1 GB", "2.99", 220, 12),
    _meter(26, "Azure Monitor - Alerts Metric Monitored", "1/Month", "0.1", 60, 8),
    _meter(27, "Microsoft Defender for Servers Plan 2 Node", "1 Hour", "0.02", 5208, 6),
    _meter(28, "Backup - Azure VM Protected Instances", "1/Month", "10", 25, 10),
    _meter(29, "Backup - LRS Data Stored", "1 GB/Month", "0.0224", 8000, 12),
    _meter(30, "Azure Site Recovery - VM Replicated to Azure", "1/Month", "25", 12, 10),
    _meter(31, "Key Vault - Operations", "10K", "0.03", 120, 4),
    _meter(32, "Azure OpenAI - gpt-4o Input Global Tokens", "1K", "0.0025", 90000, 3),
    _meter(33, "Azure OpenAI - gpt-4o Output Global Tokens", "1K", "0.01", 30000, 3),
    _meter(34, "Service Bus - Standard Messaging Operations", "1M", "0.8", 40, 6),
    _meter(35, "Azure DNS - Public Queries", "1M", "0.4", 60, 6),
    _meter(36, "Windows Server AHB uplift\u00a0- D4s v5", "1 Hour", "0.184", 744, 6, "0.97"),
)
FREE_METERS = (
    _meter(51, "Azure Functions - Standard Total Executions (free grant)", "10", "0.000002", 90, 4),
    _meter(52, "Bandwidth - First 100 GB Transfer Out (free)", "1 GB", "0.12", 100, 12),
    _meter(53, "Log Analytics - Free Data Retention", "1 GB/Month", "0.13", 40, 9),
)


@dataclass(frozen=True, slots=True)
class Commitment:
    """A reservation or savings plan: retail price of one charge, and the price it is listed at."""

    product_id: str
    sku_id: str
    name: str
    term: str
    retail: Decimal
    """US dollars for one charge of the whole term."""
    listed: Decimal
    """US dollars per hour: times the quantity of the line this is nonsense, as in real files."""

    @property
    def manufacturer_code(self) -> str:
        """Microsoft's product and SKU in one."""
        return f"{self.product_id}:{self.sku_id}"


RESERVATIONS = (
    Commitment("DZH318Z08NRP", "004M", "Reserved VM Instance, Standard_D4s_v5, AU East, 1 Year",
               "1 Year", Decimal("1447.20"), Decimal("0.1652")),
    Commitment("DZH318Z08NRP", "005T", "Reserved VM Instance, Standard_E8s_v5, AU East, 3 Years",
               "3 Years", Decimal("6318.44"), Decimal("0.2404")),
    Commitment("DZH318Z0C0Q7", "00B1", "SQL Managed Instance GP vCore reservation, 1 Year",
               "1 Year", Decimal("1160.70"), Decimal("0.1325")),
    Commitment("DZH318Z07X9C", "0007", "Azure App Service Premium v3 reservation, 1 Year",
               "1 Year", Decimal("1064.35"), Decimal("0.1215")),
)  # fmt: skip
SAVINGS = Commitment(
    "DZH318Z096BN", "0001", "Compute Savings Plan, 1 Year, monthly",
    "1 Year", Decimal("547.50"), Decimal("0.75"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Offer:
    """A third party's product, priced per month in US dollars."""

    product_id: str
    sku_id: str
    name: str
    publisher: str
    price: Decimal

    @property
    def manufacturer_code(self) -> str:
        """Microsoft's product and SKU in one."""
        return f"{self.product_id}:{self.sku_id}"


OFFERS = (
    Offer("DZH318Z0PT4M", "0003", "Northwall NextGen Firewall BYOL", "Northwall, Inc.",
          Decimal("412.50")),
    Offer("DZH318Z0QK2V", "0001", "Tapeless Backup for Azure", "Tapeless Software GmbH",
          Decimal("189.99")),
)  # fmt: skip
