"""Excel: sheets, styles, workbooks; the only place that knows how a workbook is made."""
