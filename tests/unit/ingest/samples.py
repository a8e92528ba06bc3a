"""Documents for the tests of ingest, built from column and field names."""

import csv
import io
import json
import tempfile
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from syncline_ingest.batcher import Batch, Batcher
from syncline_ingest.readers.detect import reader_for
from syncline_ingest.readers.document import DocumentHead, SourceLine
from syncline_ingest.readers.unpack import Unpacked, unpack
from syncline_ingest.spool import Spool
from syncline_ingest.stored_invoice import stored_header, stored_line
from syncline_sandbox.reconciliation import COLUMNS

TENANT = "3f0b6f5e-2a71-4c55-9a0e-5d3f6f1c2b7a"
OTHER = "9d1c7a20-77aa-4be0-8f0e-0c2b6a51e4d3"
ROW = {
    "PartnerId": "AB13C77E-a7a5-4403-920c-a13efd87e645",
    "CustomerId": TENANT,
    "CustomerName": "Müller, Söhne & Co",
    "CustomerDomainName": "mueller.onmicrosoft.com",
    "InvoiceNumber": "G001234567",
    "OrderId": "order-1",
    "ProductId": "DZH318Z0BC84",
    "SkuId": "0051",
    "SkuName": "D4s v5",
    "ProductName": "Virtual Machines",
    "ChargeType": "new",
    "UnitPrice": "0.868",
    "Quantity": "29",
    "Subtotal": "21.39",
    "TaxTotal": "2.139",
    "Total": "23.529",
    "Currency": "AUD",
    "PriceAdjustmentDescription": '["15.0% Partner earned credit for services managed"]',
    "PublisherName": "Microsoft",
    "SubscriptionDescription": "Azure plan",
    "SubscriptionId": "b7a1c2d3-0000-4000-8000-000000000001",
    "ChargeStartDate": "2026-10-01T00:00:00.0000000Z",
    "ChargeEndDate": "10/31/2026",
    "EffectiveUnitPrice": "0.737586206896552",
    "UnitType": "1 Hour",
    "BillableQuantity": "29",
    "PricingCurrency": "AUD",
    "PCToBCExchangeRate": "1",
    "MeterDescription": "D4s v5 - AU East",
}
USAGE_ROW = {
    "PartnerId": "ab13c77e-a7a5-4403-920c-a13efd87e645",
    "PartnerName": "Reseller",
    "CustomerId": TENANT,
    "CustomerName": "Müller, Söhne & Co",
    "CustomerDomainName": "mueller.onmicrosoft.com",
    "InvoiceNumber": "G001234567",
    "ProductId": "DZH318Z0BC84",
    "SkuId": "0051",
    "ProductName": "Virtual Machines",
    "PublisherName": "Microsoft",
    "PublisherId": "",
    "SubscriptionDescription": "Azure plan",
    "SubscriptionId": "b7a1c2d3-0000-4000-8000-000000000001",
    "ChargeStartDate": "2026-10-01T00:00:00",
    "ChargeEndDate": "2026-10-31T00:00:00",
    "UsageDate": "2026-10-17T00:00:00",
    "MeterId": "5d0e1a86-9c2f-4d42-8b0e-000000000001",
    "MeterName": "D4s v5",
    "Unit": "1 Hour",
    "ResourceGroup": "RG-Prod",
    "ResourceURI": "/subscriptions/e0000000-0000-4000-8000-000000000001/vm/web-1",
    "ChargeType": "Usage",
    "UnitPrice": "0.192",
    "Quantity": "24",
    "UnitType": "1 Hour",
    "BillingPreTaxTotal": "6.0171264",
    "BillingCurrency": "AUD",
    "PricingPreTaxTotal": "3.9168",
    "PricingCurrency": "USD",
    "Tags": '{"env": "prod, web"}',
    "AdditionalInfo": '{"ServiceType": "Standard_D4s_v5"}',
    "EffectiveUnitPrice": "0.1632",
    "PCToBCExchangeRate": "1.53623",
    "PCToBCExchangeRateDate": "2026-09-29",
    "EntitlementId": "e0000000-0000-4000-8000-000000000001",
    "EntitlementDescription": "Production",
    "PartnerEarnedCreditPercentage": "15",
    "CreditPercentage": "100",
    "CreditType": "Partner Earned Credit Applied",
    "BenefitId": "",
    "BenefitOrderId": "",
    "BenefitType": "Charge",
}
BILLING_ITEM: dict[str, Any] = {
    "partnerId": "ab13c77e-a7a5-4403-920c-a13efd87e645",
    "customerId": f"org:{TENANT}",
    "customerName": "Contoso",
    "customerDomainName": "contoso.onmicrosoft.com",
    "invoiceNumber": "G001234567",
    "mpnId": 4870137,
    "orderDate": "2026-10-05T22:31:42.9397946Z",
    "productId": "DZH318Z0BC84",
    "skuId": "0051",
    "productName": "Virtual Machines",
    "chargeType": "New",
    "unitPrice": 0.868,
    "effectiveUnitPrice": 0.737586206896552,
    "subtotal": 21.39,
    "taxTotal": 2.139,
    "totalForCustomer": 23.529,
    "currency": "AUD",
    "providerName": "Microsoft",
    "subscriptionDescription": "Azure plan",
    "subscriptionId": "b7a1c2d3-0000-4000-8000-000000000001",
    "termAndBillingCycle": "",
    "pricingCurrency": "AUD",
    "pcToBCExchangeRate": 1,
    "billableQuantity": 29,
    "attributes": {"objectType": "OneTimeInvoiceLineItem"},
}
FEED_HEADER = {
    "InvoiceNumber": "DD-900123",
    "InvoiceDate": "14-NOV-2026",
    "BillingPeriodStart": "01-OCT-2026",
    "BillingPeriodEnd": "31-OCT-2026",
    "Currency": "AUD",
    "DocumentType": "INVOICE",
    "AmendsInvoiceNumber": "",
    "TotalExTax": "21.39",
    "TotalTax": "2.139",
    "LineCount": "1",
}
FEED_LINE = {
    "LineNumber": "1",
    "TenantId": TENANT,
    "TenantDescription": "Contoso (NZ branch)",
    "CompanyName": "Contoso",
    "TenantDomain": "contoso.onmicrosoft.com",
    "StockCode": "AZ-CONS",
    "StockDescription": "Azure Consumption",
    "ManufacturerStockCode": "DZH318Z0BC84:0051",
    "SubscriptionId": "b7a1c2d3-0000-4000-8000-000000000001",
    "ChargeType": "Usage",
    "ChargeStart": "01-OCT-2026",
    "ChargeEnd": "31-OCT-2026",
    "Quantity": "29",
    "UnitOfMeasure": "1 Hour",
    "UnitPrice": "0.737586206896552",
    "ListPrice": "0.868",
    "EffectiveUnitPrice": "0.48",
    "RRPExTax": "25.17",
    "LineTotalExTax": "21.39",
    "TaxAmount": "2.139",
    "PricingCurrency": "USD",
    "ExchangeRate": "1.5360",
    "MeterDescription": "D4s v5",
    "ReferenceId": "",
    "CreditReason": "",
}


def recon(
    *rows: Mapping[str, str],
    columns: Sequence[str] = COLUMNS,
    separator: str = ",",
    newline: str = "\r\n",
) -> bytes:
    """A reconciliation file; each row is `ROW` with what differs."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=separator, lineterminator=newline)
    writer.writerow(columns)
    for row in rows:
        cells = {**ROW, **row}
        writer.writerow([cells.get(column, "") for column in columns])
    return out.getvalue().encode()


def usage(*rows: Mapping[str, str], columns: Sequence[str] = tuple(USAGE_ROW)) -> bytes:
    """A daily usage file; each row is `USAGE_ROW` with what differs."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        cells = {**USAGE_ROW, **row}
        writer.writerow([cells.get(column, "") for column in columns])
    return out.getvalue().encode()


def page(*items: Mapping[str, Any], follows: str = "", **fields: Any) -> bytes:
    """A page of the v1 API; each item is `BILLING_ITEM` with what differs."""
    following = {"uri": "/next", "headers": [{"key": "MS-ContinuationToken", "value": follows}]}
    links = {"self": {"uri": "/self", "headers": []}, **({"next": following} if follows else {})}
    lines = [{**BILLING_ITEM, **item} for item in items]
    return json.dumps({"totalCount": len(lines), "items": lines, "links": links, **fields}).encode()


def zipped(files: Mapping[str, bytes]) -> bytes:
    """A zip archive of files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def feed(*lines: Mapping[str, Any], **header: str) -> bytes:
    """A stored distributor's invoice; each line is `FEED_LINE` with what differs."""
    stated = {**FEED_HEADER, "LineCount": str(len(lines)), **header}
    return stored_header("ACC1001", stated) + b"".join(
        stored_line({**FEED_LINE, **line}) for line in lines
    )


def read(data: bytes, name: str = "october.csv") -> tuple[list[SourceLine], DocumentHead]:
    """Read a document in small pieces, so that they end anywhere."""
    size = max(97, len(data) // 500)
    return _read(Unpacked(name, lambda: iter(pieces(data, size))))


def read_spooled(data: bytes, name: str = "october.zip") -> tuple[list[SourceLine], DocumentHead]:
    """Read a document as ingest does, from the file that it was spooled to."""
    with tempfile.TemporaryFile(buffering=0) as file:
        file.write(data)
        spool = Spool(file.fileno(), len(data), "-", is_too_large=False)
        return _read(unpack(name, spool))


def _read(document: Unpacked) -> tuple[list[SourceLine], DocumentHead]:
    reader = reader_for(document)
    lines = list(reader.lines(document))
    return lines, reader.head()


def pieces(data: bytes, size: int = 97) -> Iterable[bytes]:
    """Bytes in pieces."""
    return (data[at : at + size] for at in range(0, len(data), size))


def batched(lines: Iterable[SourceLine], batcher: Batcher) -> list[Batch]:
    """All batches of some lines."""
    return list(batcher.batches(lines))
