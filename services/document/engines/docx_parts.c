/* What every Word document of ours holds: types and relations (ECMA-376 part 2), styles, page size. Lengths are twentieths of a
 * point, letters half points. Element order is the schema's (part 1, annex A), which Word insists on. */
#include "engines/docx.h"

#define XML  "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"
#define W_NS "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\""
#define R_NS "xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\""
#define TYPE "application/vnd.openxmlformats-officedocument.wordprocessingml."
#define REL  "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"

const struct docx_part docx_fixed[] = {
    { "[Content_Types].xml", XML
      "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">"
      "<Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>"
      "<Default Extension=\"xml\" ContentType=\"application/xml\"/>"
      "<Override PartName=\"/word/document.xml\" ContentType=\"" TYPE "document.main+xml\"/>"
      "<Override PartName=\"/word/styles.xml\" ContentType=\"" TYPE "styles+xml\"/>"
      "<Override PartName=\"/word/settings.xml\" ContentType=\"" TYPE "settings+xml\"/>"
      "<Override PartName=\"/word/header.xml\" ContentType=\"" TYPE "header+xml\"/>"
      "<Override PartName=\"/word/footer.xml\" ContentType=\"" TYPE "footer+xml\"/>"
      "<Override PartName=\"/docProps/core.xml\" ContentType=\"application/vnd.openxmlformats-package.core-properties+xml\"/>"
      "<Override PartName=\"/docProps/app.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.extended-properties+xml\"/>"
      "</Types>" },
    { "_rels/.rels", XML
      "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">"
      "<Relationship Id=\"rId1\" Type=\"" REL "officeDocument\" Target=\"word/document.xml\"/>"
      "<Relationship Id=\"rId2\" Type=\"http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties\" Target=\"docProps/core.xml\"/>"
      "<Relationship Id=\"rId3\" Type=\"" REL "extended-properties\" Target=\"docProps/app.xml\"/>"
      "</Relationships>" },
    { "docProps/app.xml", XML
      "<Properties xmlns=\"http://schemas.openxmlformats.org/officeDocument/2006/extended-properties\"><Application>Palabre</Application></Properties>" },
    { "word/_rels/document.xml.rels", XML
      "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">"
      "<Relationship Id=\"rId1\" Type=\"" REL "styles\" Target=\"styles.xml\"/>"
      "<Relationship Id=\"rId2\" Type=\"" REL "settings\" Target=\"settings.xml\"/>"
      "<Relationship Id=\"rId3\" Type=\"" REL "header\" Target=\"header.xml\"/>"
      "<Relationship Id=\"rId4\" Type=\"" REL "footer\" Target=\"footer.xml\"/>"
      "</Relationships>" },
    /* 15: as Word has laid text out since 2013, without its "compatibility mode" */
    { "word/settings.xml", XML
      "<w:settings " W_NS "><w:defaultTabStop w:val=\"708\"/><w:compat>"
      "<w:compatSetting w:name=\"compatibilityMode\" w:uri=\"http://schemas.microsoft.com/office/word\" w:val=\"15\"/>"
      "</w:compat></w:settings>" },
    { NULL, NULL },
};

const char docx_core_begin[] = XML
    "<cp:coreProperties xmlns:cp=\"http://schemas.openxmlformats.org/package/2006/metadata/core-properties\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" "
    "xmlns:dcterms=\"http://purl.org/dc/terms/\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">";

const char docx_header_begin[] = XML "<w:hdr " W_NS "><w:p><w:pPr><w:pStyle w:val=\"Header\"/></w:pPr>";
const char docx_footer_begin[] = XML "<w:ftr " W_NS "><w:p><w:pPr><w:pStyle w:val=\"Footer\"/></w:pPr>";
const char docx_footer_end[] =
    "<w:fldSimple w:instr=\" PAGE \"><w:r><w:t>1</w:t></w:r></w:fldSimple><w:r><w:t xml:space=\"preserve\"> / </w:t></w:r>"
    "<w:fldSimple w:instr=\" NUMPAGES \"><w:r><w:t>1</w:t></w:r></w:fldSimple></w:p></w:ftr>";

const char docx_document_begin[] = XML "<w:document " W_NS " " R_NS "><w:body>";
const char docx_document_end[] =
    "<w:sectPr><w:headerReference w:type=\"default\" r:id=\"rId3\"/><w:footerReference w:type=\"default\" r:id=\"rId4\"/><w:footerReference w:type=\"first\" r:id=\"rId4\"/>"
    "<w:pgSz w:w=\"11906\" w:h=\"16838\"/><w:pgMar w:top=\"1440\" w:right=\"1440\" w:bottom=\"1440\" w:left=\"1440\" w:header=\"780\" w:footer=\"720\" w:gutter=\"0\"/><w:titlePg/>"
    "</w:sectPr></w:body></w:document>";

/* --- styles --- */

#define FONT(name)     "<w:rFonts w:ascii=\"" name "\" w:hAnsi=\"" name "\" w:cs=\"" name "\"/>"
#define SIZE(half)     "<w:sz w:val=\"" half "\"/><w:szCs w:val=\"" half "\"/>"
#define SPACE(b, a)    "<w:spacing w:before=\"" b "\" w:after=\"" a "\"/>"
#define PARAGRAPH_STYLE(id, name, p, r) \
    "<w:style w:type=\"paragraph\" w:customStyle=\"1\" w:styleId=\"" id "\"><w:name w:val=\"" name "\"/><w:basedOn w:val=\"Normal\"/><w:pPr>" p "</w:pPr><w:rPr>" r "</w:rPr></w:style>"
#define KNOWN_STYLE(id, name, p, r) \
    "<w:style w:type=\"paragraph\" w:styleId=\"" id "\"><w:name w:val=\"" name "\"/><w:basedOn w:val=\"Normal\"/><w:next w:val=\"Normal\"/><w:qFormat/><w:pPr>" p "</w:pPr><w:rPr>" r "</w:rPr></w:style>"
#define BORDER(edge, size, colour) "<w:" edge " w:val=\"single\" w:sz=\"" size "\" w:space=\"0\" w:color=\"" colour "\"/>"
#define HEADING_STYLE(n, level, size, before) \
    KNOWN_STYLE("Heading" n, "heading " n, "<w:keepNext/><w:keepLines/>" SPACE(before, "80") "<w:outlineLvl w:val=\"" level "\"/>", "<w:b/><w:color w:val=\"1A3D61\"/>" SIZE(size))

const char docx_styles_begin[] = XML "<w:styles " W_NS "><w:docDefaults><w:rPrDefault><w:rPr>" FONT("Calibri") SIZE("22") "<w:lang w:val=\"";

const char docx_styles_end[] =
    "\"/></w:rPr></w:rPrDefault><w:pPrDefault><w:pPr><w:spacing w:after=\"120\" w:line=\"274\" w:lineRule=\"auto\"/></w:pPr></w:pPrDefault></w:docDefaults>"
    "<w:style w:type=\"paragraph\" w:default=\"1\" w:styleId=\"Normal\"><w:name w:val=\"Normal\"/><w:qFormat/></w:style>"
    "<w:style w:type=\"table\" w:default=\"1\" w:styleId=\"TableNormal\"><w:name w:val=\"Normal Table\"/><w:tblPr><w:tblInd w:w=\"0\" w:type=\"dxa\"/>"
    "<w:tblCellMar><w:left w:w=\"108\" w:type=\"dxa\"/><w:right w:w=\"108\" w:type=\"dxa\"/></w:tblCellMar></w:tblPr></w:style>"
    KNOWN_STYLE("Title", "Title", "<w:keepNext/>" SPACE("0", "200"), "<w:b/><w:color w:val=\"1A3D61\"/>" SIZE("44"))
    KNOWN_STYLE("Subtitle", "Subtitle", SPACE("0", "200"), "<w:color w:val=\"66707D\"/>" SIZE("25"))
    HEADING_STYLE("1", "0", "31", "360")
    HEADING_STYLE("2", "1", "26", "280")
    HEADING_STYLE("3", "2", "23", "240")
    KNOWN_STYLE("Quote", "Quote", "<w:pBdr>" BORDER("left", "12", "CCD4DB") "</w:pBdr><w:ind w:left=\"300\"/>", "")
    PARAGRAPH_STYLE("Code", "Code", "<w:shd w:val=\"clear\" w:color=\"auto\" w:fill=\"F4F6F8\"/>", FONT("Consolas") SIZE("18"))
    PARAGRAPH_STYLE("Rule", "Rule", SPACE("0", "0"), SIZE("16"))
    PARAGRAPH_STYLE("Turn", "Turn", "<w:tabs><w:tab w:val=\"left\" w:pos=\"1020\"/></w:tabs><w:ind w:left=\"1020\" w:hanging=\"1020\"/>", "")
    PARAGRAPH_STYLE("FactLabel", "Fact label", SPACE("0", "0"), "<w:b/><w:color w:val=\"1A3D61\"/>" SIZE("19"))
    PARAGRAPH_STYLE("FactValue", "Fact value", SPACE("0", "0"), SIZE("20"))
    KNOWN_STYLE("Header", "header", "<w:pBdr><w:bottom w:val=\"single\" w:sz=\"4\" w:space=\"4\" w:color=\"CCD4DB\"/></w:pBdr>" SPACE("0", "0"), "<w:color w:val=\"66707D\"/>" SIZE("18"))
    KNOWN_STYLE("Footer", "footer", SPACE("0", "0") "<w:jc w:val=\"right\"/>", "<w:color w:val=\"66707D\"/>" SIZE("18"))
    "<w:style w:type=\"character\" w:customStyle=\"1\" w:styleId=\"Time\"><w:name w:val=\"Time\"/><w:rPr><w:color w:val=\"66707D\"/>" SIZE("17") "</w:rPr></w:style>"
    "<w:style w:type=\"character\" w:customStyle=\"1\" w:styleId=\"CodeText\"><w:name w:val=\"Code text\"/><w:rPr>" FONT("Consolas") SIZE("19") "</w:rPr></w:style>"
    "<w:style w:type=\"character\" w:styleId=\"Hyperlink\"><w:name w:val=\"Hyperlink\"/><w:rPr><w:color w:val=\"174F87\"/></w:rPr></w:style>"
    "<w:style w:type=\"table\" w:customStyle=\"1\" w:styleId=\"Facts\"><w:name w:val=\"Facts\"/><w:basedOn w:val=\"TableNormal\"/><w:tblPr><w:tblBorders>" BORDER("left", "20", "1A3D61") "</w:tblBorders><w:tblCellMar><w:top w:w=\"30\" w:type=\"dxa\"/><w:left w:w=\"160\" w:type=\"dxa\"/><w:bottom w:w=\"30\" w:type=\"dxa\"/></w:tblCellMar></w:tblPr>"
    "<w:tcPr><w:shd w:val=\"clear\" w:color=\"auto\" w:fill=\"F4F6F8\"/></w:tcPr></w:style>"
    "<w:style w:type=\"table\" w:customStyle=\"1\" w:styleId=\"Grid\"><w:name w:val=\"Grid\"/><w:basedOn w:val=\"TableNormal\"/><w:tblPr><w:tblBorders>"
    BORDER("top", "4", "CCD4DB") BORDER("bottom", "6", "1A3D61") BORDER("insideH", "4", "CCD4DB") "</w:tblBorders></w:tblPr></w:style>"
    "</w:styles>";
