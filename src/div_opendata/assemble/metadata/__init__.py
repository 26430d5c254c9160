"""Metadata: what catalogues and harvesters are told of a release, by DCAT-AP.de 3.0.

`facts` gathers what is known of each dataset from its stamped descriptor; `properties` is the one
table that says which term of DCAT-AP.de, and which key of CKAN, each fact becomes. `graph` makes
RDF of it, `catalogue` the files of a folder portal, `div9xx_harvest` judges what a harvester
would not take, `div9xx_settings` what the configuration lacks for them, `score` counts the points
of data.europa.eu. https://www.dcat-ap.de/def/dcatde/3.0/spec/
"""
