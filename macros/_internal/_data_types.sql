{#- Data types by family: a policy masks a column when the families match, whatever the length or precision.
    https://docs.snowflake.com/en/user-guide/tag-based-masking-policies -#}


{% macro _families() %}
  {{ return({
    'VARCHAR': ['VARCHAR', 'STRING', 'TEXT', 'CHAR', 'CHARACTER', 'NVARCHAR', 'NCHAR', 'NVARCHAR2', 'CHAR VARYING'],
    'NUMBER': ['NUMBER', 'DECIMAL', 'NUMERIC', 'DEC', 'INT', 'INTEGER', 'BIGINT', 'SMALLINT', 'TINYINT', 'BYTEINT', 'FIXED'],
    'FLOAT': ['FLOAT', 'FLOAT4', 'FLOAT8', 'DOUBLE', 'DOUBLE PRECISION', 'REAL'],
    'BOOLEAN': ['BOOLEAN', 'BOOL'],
    'DATE': ['DATE'],
    'TIME': ['TIME'],
    'TIMESTAMP_NTZ': ['TIMESTAMP_NTZ', 'TIMESTAMPNTZ', 'DATETIME', 'TIMESTAMP'],
    'TIMESTAMP_LTZ': ['TIMESTAMP_LTZ', 'TIMESTAMPLTZ'],
    'TIMESTAMP_TZ': ['TIMESTAMP_TZ', 'TIMESTAMPTZ'],
    'BINARY': ['BINARY', 'VARBINARY'],
    'VARIANT': ['VARIANT'],
    'OBJECT': ['OBJECT'],
    'ARRAY': ['ARRAY'],
    'GEOGRAPHY': ['GEOGRAPHY'],
    'GEOMETRY': ['GEOMETRY']
  }) }}
{% endmacro %}


{#- The family of a data type as written (`varchar(20)` -> VARCHAR), or none for an unknown one. -#}
{% macro _family(data_type) %}
  {%- if data_type is string and modules.re.fullmatch('[A-Za-z0-9_ ]+(\\([0-9, ]+\\))?', data_type | trim) -%}
    {%- set word = data_type.split('(')[0].split() | join(' ') | upper -%}
    {%- for family, names in snowmesh._families().items() if word in names -%}
      {{ return(family) }}
    {%- endfor -%}
  {%- endif -%}
  {{ return(none) }}
{% endmacro %}
