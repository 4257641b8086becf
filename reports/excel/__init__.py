"""Excel: sheets, styles, workbooks; the only place that knows how a workbook is made."""

from reports.excel.sheets import (
    NOT_APPLICABLE,
    NOT_AVAILABLE,
    Column,
    Kind,
    Link,
    Properties,
    Sheet,
    Value,
)
from reports.excel.workbook import write_workbook
from reports.excel.written import WrittenFile

__all__ = [
    "NOT_APPLICABLE",
    "NOT_AVAILABLE",
    "Column",
    "Kind",
    "Link",
    "Properties",
    "Sheet",
    "Value",
    "WrittenFile",
    "write_workbook",
]
