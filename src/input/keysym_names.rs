//! What X11's keysyms are called. Written by generate.py; do not edit.

/// `value=name` for every keysym that has a name, in order of the value, which is hexadecimal; the first name of a
/// value is the one to print. One text, since a table of `&str` would have to be relocated at each start.
#[rustfmt::skip]
pub(super) static NAMES: &str = "\
    20=space 21=exclam 22=quotedbl 23=numbersign 24=dollar 25=percent 26=ampersand 27=apostrophe 27=quoteright \
    28=parenleft 29=parenright 2a=asterisk 2b=plus 2c=comma 2d=minus 2e=period 2f=slash 30=0 31=1 32=2 33=3 34=4 \
    35=5 36=6 37=7 38=8 39=9 3a=colon 3b=semicolon 3c=less 3d=equal 3e=greater 3f=question 40=at 41=A 42=B 43=C 44=D \
    45=E 46=F 47=G 48=H 49=I 4a=J 4b=K 4c=L 4d=M 4e=N 4f=O 50=P 51=Q 52=R 53=S 54=T 55=U 56=V 57=W 58=X 59=Y 5a=Z \
    5b=bracketleft 5c=backslash 5d=bracketright 5e=asciicircum 5f=underscore 60=grave 60=quoteleft 61=a 62=b 63=c \
    64=d 65=e 66=f 67=g 68=h 69=i 6a=j 6b=k 6c=l 6d=m 6e=n 6f=o 70=p 71=q 72=r 73=s 74=t 75=u 76=v 77=w 78=x 79=y \
    7a=z 7b=braceleft 7c=bar 7d=braceright 7e=asciitilde a0=nobreakspace a1=exclamdown a2=cent a3=sterling \
    a4=currency a5=yen a6=brokenbar a7=section a8=diaeresis a9=copyright aa=ordfeminine ab=guillemotleft ac=notsign \
    ad=hyphen ae=registered af=macron b0=degree b1=plusminus b2=twosuperior b3=threesuperior b4=acute b5=mu \
    b6=paragraph b7=periodcentered b8=cedilla b9=onesuperior ba=masculine bb=guillemotright bc=onequarter bd=onehalf \
    be=threequarters bf=questiondown c0=Agrave c1=Aacute c2=Acircumflex c3=Atilde c4=Adiaeresis c5=Aring c6=AE \
    c7=Ccedilla c8=Egrave c9=Eacute ca=Ecircumflex cb=Ediaeresis cc=Igrave cd=Iacute ce=Icircumflex cf=Idiaeresis \
    d0=ETH d0=Eth d1=Ntilde d2=Ograve d3=Oacute d4=Ocircumflex d5=Otilde d6=Odiaeresis d7=multiply d8=Oslash \
    d8=Ooblique d9=Ugrave da=Uacute db=Ucircumflex dc=Udiaeresis dd=Yacute de=THORN de=Thorn df=ssharp e0=agrave \
    e1=aacute e2=acircumflex e3=atilde e4=adiaeresis e5=aring e6=ae e7=ccedilla e8=egrave e9=eacute ea=ecircumflex \
    eb=ediaeresis ec=igrave ed=iacute ee=icircumflex ef=idiaeresis f0=eth f1=ntilde f2=ograve f3=oacute \
    f4=ocircumflex f5=otilde f6=odiaeresis f7=division f8=oslash f8=ooblique f9=ugrave fa=uacute fb=ucircumflex \
    fc=udiaeresis fd=yacute fe=thorn ff=ydiaeresis 1a1=Aogonek 1a2=breve 1a3=Lstroke 1a5=Lcaron 1a6=Sacute \
    1a9=Scaron 1aa=Scedilla 1ab=Tcaron 1ac=Zacute 1ae=Zcaron 1af=Zabovedot 1b1=aogonek 1b2=ogonek 1b3=lstroke \
    1b5=lcaron 1b6=sacute 1b7=caron 1b9=scaron 1ba=scedilla 1bb=tcaron 1bc=zacute 1bd=doubleacute 1be=zcaron \
    1bf=zabovedot 1c0=Racute 1c3=Abreve 1c5=Lacute 1c6=Cacute 1c8=Ccaron 1ca=Eogonek 1cc=Ecaron 1cf=Dcaron \
    1d0=Dstroke 1d1=Nacute 1d2=Ncaron 1d5=Odoubleacute 1d8=Rcaron 1d9=Uring 1db=Udoubleacute 1de=Tcedilla 1e0=racute \
    1e3=abreve 1e5=lacute 1e6=cacute 1e8=ccaron 1ea=eogonek 1ec=ecaron 1ef=dcaron 1f0=dstroke 1f1=nacute 1f2=ncaron \
    1f5=odoubleacute 1f8=rcaron 1f9=uring 1fb=udoubleacute 1fe=tcedilla 1ff=abovedot 2a1=Hstroke 2a6=Hcircumflex \
    2a9=Iabovedot 2ab=Gbreve 2ac=Jcircumflex 2b1=hstroke 2b6=hcircumflex 2b9=idotless 2bb=gbreve 2bc=jcircumflex \
    2c5=Cabovedot 2c6=Ccircumflex 2d5=Gabovedot 2d8=Gcircumflex 2dd=Ubreve 2de=Scircumflex 2e5=cabovedot \
    2e6=ccircumflex 2f5=gabovedot 2f8=gcircumflex 2fd=ubreve 2fe=scircumflex 3a2=kra 3a2=kappa 3a3=Rcedilla \
    3a5=Itilde 3a6=Lcedilla 3aa=Emacron 3ab=Gcedilla 3ac=Tslash 3b3=rcedilla 3b5=itilde 3b6=lcedilla 3ba=emacron \
    3bb=gcedilla 3bc=tslash 3bd=ENG 3bf=eng 3c0=Amacron 3c7=Iogonek 3cc=Eabovedot 3cf=Imacron 3d1=Ncedilla \
    3d2=Omacron 3d3=Kcedilla 3d9=Uogonek 3dd=Utilde 3de=Umacron 3e0=amacron 3e7=iogonek 3ec=eabovedot 3ef=imacron \
    3f1=ncedilla 3f2=omacron 3f3=kcedilla 3f9=uogonek 3fd=utilde 3fe=umacron 47e=overline 4a1=kana_fullstop \
    4a2=kana_openingbracket 4a3=kana_closingbracket 4a4=kana_comma 4a5=kana_conjunctive 4a5=kana_middledot \
    4a6=kana_WO 4a7=kana_a 4a8=kana_i 4a9=kana_u 4aa=kana_e 4ab=kana_o 4ac=kana_ya 4ad=kana_yu 4ae=kana_yo \
    4af=kana_tsu 4af=kana_tu 4b0=prolongedsound 4b1=kana_A 4b2=kana_I 4b3=kana_U 4b4=kana_E 4b5=kana_O 4b6=kana_KA \
    4b7=kana_KI 4b8=kana_KU 4b9=kana_KE 4ba=kana_KO 4bb=kana_SA 4bc=kana_SHI 4bd=kana_SU 4be=kana_SE 4bf=kana_SO \
    4c0=kana_TA 4c1=kana_CHI 4c1=kana_TI 4c2=kana_TSU 4c2=kana_TU 4c3=kana_TE 4c4=kana_TO 4c5=kana_NA 4c6=kana_NI \
    4c7=kana_NU 4c8=kana_NE 4c9=kana_NO 4ca=kana_HA 4cb=kana_HI 4cc=kana_FU 4cc=kana_HU 4cd=kana_HE 4ce=kana_HO \
    4cf=kana_MA 4d0=kana_MI 4d1=kana_MU 4d2=kana_ME 4d3=kana_MO 4d4=kana_YA 4d5=kana_YU 4d6=kana_YO 4d7=kana_RA \
    4d8=kana_RI 4d9=kana_RU 4da=kana_RE 4db=kana_RO 4dc=kana_WA 4dd=kana_N 4de=voicedsound 4df=semivoicedsound \
    5ac=Arabic_comma 5bb=Arabic_semicolon 5bf=Arabic_question_mark 5c1=Arabic_hamza 5c2=Arabic_maddaonalef \
    5c3=Arabic_hamzaonalef 5c4=Arabic_hamzaonwaw 5c5=Arabic_hamzaunderalef 5c6=Arabic_hamzaonyeh 5c7=Arabic_alef \
    5c8=Arabic_beh 5c9=Arabic_tehmarbuta 5ca=Arabic_teh 5cb=Arabic_theh 5cc=Arabic_jeem 5cd=Arabic_hah \
    5ce=Arabic_khah 5cf=Arabic_dal 5d0=Arabic_thal 5d1=Arabic_ra 5d2=Arabic_zain 5d3=Arabic_seen 5d4=Arabic_sheen \
    5d5=Arabic_sad 5d6=Arabic_dad 5d7=Arabic_tah 5d8=Arabic_zah 5d9=Arabic_ain 5da=Arabic_ghain 5e0=Arabic_tatweel \
    5e1=Arabic_feh 5e2=Arabic_qaf 5e3=Arabic_kaf 5e4=Arabic_lam 5e5=Arabic_meem 5e6=Arabic_noon 5e7=Arabic_ha \
    5e7=Arabic_heh 5e8=Arabic_waw 5e9=Arabic_alefmaksura 5ea=Arabic_yeh 5eb=Arabic_fathatan 5ec=Arabic_dammatan \
    5ed=Arabic_kasratan 5ee=Arabic_fatha 5ef=Arabic_damma 5f0=Arabic_kasra 5f1=Arabic_shadda 5f2=Arabic_sukun \
    6a1=Serbian_dje 6a2=Macedonia_gje 6a3=Cyrillic_io 6a4=Ukrainian_ie 6a4=Ukranian_je 6a5=Macedonia_dse \
    6a6=Ukrainian_i 6a6=Ukranian_i 6a7=Ukrainian_yi 6a7=Ukranian_yi 6a8=Cyrillic_je 6a8=Serbian_je 6a9=Cyrillic_lje \
    6a9=Serbian_lje 6aa=Cyrillic_nje 6aa=Serbian_nje 6ab=Serbian_tshe 6ac=Macedonia_kje \
    6ad=Ukrainian_ghe_with_upturn 6ae=Byelorussian_shortu 6af=Cyrillic_dzhe 6af=Serbian_dze 6b0=numerosign \
    6b1=Serbian_DJE 6b2=Macedonia_GJE 6b3=Cyrillic_IO 6b4=Ukrainian_IE 6b4=Ukranian_JE 6b5=Macedonia_DSE \
    6b6=Ukrainian_I 6b6=Ukranian_I 6b7=Ukrainian_YI 6b7=Ukranian_YI 6b8=Cyrillic_JE 6b8=Serbian_JE 6b9=Cyrillic_LJE \
    6b9=Serbian_LJE 6ba=Cyrillic_NJE 6ba=Serbian_NJE 6bb=Serbian_TSHE 6bc=Macedonia_KJE \
    6bd=Ukrainian_GHE_WITH_UPTURN 6be=Byelorussian_SHORTU 6bf=Cyrillic_DZHE 6bf=Serbian_DZE 6c0=Cyrillic_yu \
    6c1=Cyrillic_a 6c2=Cyrillic_be 6c3=Cyrillic_tse 6c4=Cyrillic_de 6c5=Cyrillic_ie 6c6=Cyrillic_ef 6c7=Cyrillic_ghe \
    6c8=Cyrillic_ha 6c9=Cyrillic_i 6ca=Cyrillic_shorti 6cb=Cyrillic_ka 6cc=Cyrillic_el 6cd=Cyrillic_em \
    6ce=Cyrillic_en 6cf=Cyrillic_o 6d0=Cyrillic_pe 6d1=Cyrillic_ya 6d2=Cyrillic_er 6d3=Cyrillic_es 6d4=Cyrillic_te \
    6d5=Cyrillic_u 6d6=Cyrillic_zhe 6d7=Cyrillic_ve 6d8=Cyrillic_softsign 6d9=Cyrillic_yeru 6da=Cyrillic_ze \
    6db=Cyrillic_sha 6dc=Cyrillic_e 6dd=Cyrillic_shcha 6de=Cyrillic_che 6df=Cyrillic_hardsign 6e0=Cyrillic_YU \
    6e1=Cyrillic_A 6e2=Cyrillic_BE 6e3=Cyrillic_TSE 6e4=Cyrillic_DE 6e5=Cyrillic_IE 6e6=Cyrillic_EF 6e7=Cyrillic_GHE \
    6e8=Cyrillic_HA 6e9=Cyrillic_I 6ea=Cyrillic_SHORTI 6eb=Cyrillic_KA 6ec=Cyrillic_EL 6ed=Cyrillic_EM \
    6ee=Cyrillic_EN 6ef=Cyrillic_O 6f0=Cyrillic_PE 6f1=Cyrillic_YA 6f2=Cyrillic_ER 6f3=Cyrillic_ES 6f4=Cyrillic_TE \
    6f5=Cyrillic_U 6f6=Cyrillic_ZHE 6f7=Cyrillic_VE 6f8=Cyrillic_SOFTSIGN 6f9=Cyrillic_YERU 6fa=Cyrillic_ZE \
    6fb=Cyrillic_SHA 6fc=Cyrillic_E 6fd=Cyrillic_SHCHA 6fe=Cyrillic_CHE 6ff=Cyrillic_HARDSIGN 7a1=Greek_ALPHAaccent \
    7a2=Greek_EPSILONaccent 7a3=Greek_ETAaccent 7a4=Greek_IOTAaccent 7a5=Greek_IOTAdieresis 7a5=Greek_IOTAdiaeresis \
    7a7=Greek_OMICRONaccent 7a8=Greek_UPSILONaccent 7a9=Greek_UPSILONdieresis 7ab=Greek_OMEGAaccent \
    7ae=Greek_accentdieresis 7af=Greek_horizbar 7b1=Greek_alphaaccent 7b2=Greek_epsilonaccent 7b3=Greek_etaaccent \
    7b4=Greek_iotaaccent 7b5=Greek_iotadieresis 7b6=Greek_iotaaccentdieresis 7b7=Greek_omicronaccent \
    7b8=Greek_upsilonaccent 7b9=Greek_upsilondieresis 7ba=Greek_upsilonaccentdieresis 7bb=Greek_omegaaccent \
    7c1=Greek_ALPHA 7c2=Greek_BETA 7c3=Greek_GAMMA 7c4=Greek_DELTA 7c5=Greek_EPSILON 7c6=Greek_ZETA 7c7=Greek_ETA \
    7c8=Greek_THETA 7c9=Greek_IOTA 7ca=Greek_KAPPA 7cb=Greek_LAMDA 7cb=Greek_LAMBDA 7cc=Greek_MU 7cd=Greek_NU \
    7ce=Greek_XI 7cf=Greek_OMICRON 7d0=Greek_PI 7d1=Greek_RHO 7d2=Greek_SIGMA 7d4=Greek_TAU 7d5=Greek_UPSILON \
    7d6=Greek_PHI 7d7=Greek_CHI 7d8=Greek_PSI 7d9=Greek_OMEGA 7e1=Greek_alpha 7e2=Greek_beta 7e3=Greek_gamma \
    7e4=Greek_delta 7e5=Greek_epsilon 7e6=Greek_zeta 7e7=Greek_eta 7e8=Greek_theta 7e9=Greek_iota 7ea=Greek_kappa \
    7eb=Greek_lamda 7eb=Greek_lambda 7ec=Greek_mu 7ed=Greek_nu 7ee=Greek_xi 7ef=Greek_omicron 7f0=Greek_pi \
    7f1=Greek_rho 7f2=Greek_sigma 7f3=Greek_finalsmallsigma 7f4=Greek_tau 7f5=Greek_upsilon 7f6=Greek_phi \
    7f7=Greek_chi 7f8=Greek_psi 7f9=Greek_omega 8a1=leftradical 8a2=topleftradical 8a3=horizconnector \
    8a4=topintegral 8a5=botintegral 8a6=vertconnector 8a7=topleftsqbracket 8a8=botleftsqbracket \
    8a9=toprightsqbracket 8aa=botrightsqbracket 8ab=topleftparens 8ac=botleftparens 8ad=toprightparens \
    8ae=botrightparens 8af=leftmiddlecurlybrace 8b0=rightmiddlecurlybrace 8b1=topleftsummation 8b2=botleftsummation \
    8b3=topvertsummationconnector 8b4=botvertsummationconnector 8b5=toprightsummation 8b6=botrightsummation \
    8b7=rightmiddlesummation 8bc=lessthanequal 8bd=notequal 8be=greaterthanequal 8bf=integral 8c0=therefore \
    8c1=variation 8c2=infinity 8c5=nabla 8c8=approximate 8c9=similarequal 8cd=ifonlyif 8ce=implies 8cf=identical \
    8d6=radical 8da=includedin 8db=includes 8dc=intersection 8dd=union 8de=logicaland 8df=logicalor \
    8ef=partialderivative 8f6=function 8fb=leftarrow 8fc=uparrow 8fd=rightarrow 8fe=downarrow 9df=blank \
    9e0=soliddiamond 9e1=checkerboard 9e2=ht 9e3=ff 9e4=cr 9e5=lf 9e8=nl 9e9=vt 9ea=lowrightcorner 9eb=uprightcorner \
    9ec=upleftcorner 9ed=lowleftcorner 9ee=crossinglines 9ef=horizlinescan1 9f0=horizlinescan3 9f1=horizlinescan5 \
    9f2=horizlinescan7 9f3=horizlinescan9 9f4=leftt 9f5=rightt 9f6=bott 9f7=topt 9f8=vertbar aa1=emspace aa2=enspace \
    aa3=em3space aa4=em4space aa5=digitspace aa6=punctspace aa7=thinspace aa8=hairspace aa9=emdash aaa=endash \
    aac=signifblank aae=ellipsis aaf=doubbaselinedot ab0=onethird ab1=twothirds ab2=onefifth ab3=twofifths \
    ab4=threefifths ab5=fourfifths ab6=onesixth ab7=fivesixths ab8=careof abb=figdash abc=leftanglebracket \
    abd=decimalpoint abe=rightanglebracket abf=marker ac3=oneeighth ac4=threeeighths ac5=fiveeighths \
    ac6=seveneighths ac9=trademark aca=signaturemark acb=trademarkincircle acc=leftopentriangle \
    acd=rightopentriangle ace=emopencircle acf=emopenrectangle ad0=leftsinglequotemark ad1=rightsinglequotemark \
    ad2=leftdoublequotemark ad3=rightdoublequotemark ad4=prescription ad5=permille ad6=minutes ad7=seconds \
    ad9=latincross ada=hexagram adb=filledrectbullet adc=filledlefttribullet add=filledrighttribullet \
    ade=emfilledcircle adf=emfilledrect ae0=enopencircbullet ae1=enopensquarebullet ae2=openrectbullet \
    ae3=opentribulletup ae4=opentribulletdown ae5=openstar ae6=enfilledcircbullet ae7=enfilledsqbullet \
    ae8=filledtribulletup ae9=filledtribulletdown aea=leftpointer aeb=rightpointer aec=club aed=diamond aee=heart \
    af0=maltesecross af1=dagger af2=doubledagger af3=checkmark af4=ballotcross af5=musicalsharp af6=musicalflat \
    af7=malesymbol af8=femalesymbol af9=telephone afa=telephonerecorder afb=phonographcopyright afc=caret \
    afd=singlelowquotemark afe=doublelowquotemark aff=cursor ba3=leftcaret ba6=rightcaret ba8=downcaret ba9=upcaret \
    bc0=overbar bc2=downtack bc3=upshoe bc4=downstile bc6=underbar bca=jot bcc=quad bce=uptack bcf=circle \
    bd3=upstile bd6=downshoe bd8=rightshoe bda=leftshoe bdc=lefttack bfc=righttack cdf=hebrew_doublelowline \
    ce0=hebrew_aleph ce1=hebrew_bet ce1=hebrew_beth ce2=hebrew_gimel ce2=hebrew_gimmel ce3=hebrew_dalet \
    ce3=hebrew_daleth ce4=hebrew_he ce5=hebrew_waw ce6=hebrew_zain ce6=hebrew_zayin ce7=hebrew_chet ce7=hebrew_het \
    ce8=hebrew_tet ce8=hebrew_teth ce9=hebrew_yod cea=hebrew_finalkaph ceb=hebrew_kaph cec=hebrew_lamed \
    ced=hebrew_finalmem cee=hebrew_mem cef=hebrew_finalnun cf0=hebrew_nun cf1=hebrew_samech cf1=hebrew_samekh \
    cf2=hebrew_ayin cf3=hebrew_finalpe cf4=hebrew_pe cf5=hebrew_finalzade cf5=hebrew_finalzadi cf6=hebrew_zade \
    cf6=hebrew_zadi cf7=hebrew_qoph cf7=hebrew_kuf cf8=hebrew_resh cf9=hebrew_shin cfa=hebrew_taw cfa=hebrew_taf \
    da1=Thai_kokai da2=Thai_khokhai da3=Thai_khokhuat da4=Thai_khokhwai da5=Thai_khokhon da6=Thai_khorakhang \
    da7=Thai_ngongu da8=Thai_chochan da9=Thai_choching daa=Thai_chochang dab=Thai_soso dac=Thai_chochoe \
    dad=Thai_yoying dae=Thai_dochada daf=Thai_topatak db0=Thai_thothan db1=Thai_thonangmontho db2=Thai_thophuthao \
    db3=Thai_nonen db4=Thai_dodek db5=Thai_totao db6=Thai_thothung db7=Thai_thothahan db8=Thai_thothong \
    db9=Thai_nonu dba=Thai_bobaimai dbb=Thai_popla dbc=Thai_phophung dbd=Thai_fofa dbe=Thai_phophan dbf=Thai_fofan \
    dc0=Thai_phosamphao dc1=Thai_moma dc2=Thai_yoyak dc3=Thai_rorua dc4=Thai_ru dc5=Thai_loling dc6=Thai_lu \
    dc7=Thai_wowaen dc8=Thai_sosala dc9=Thai_sorusi dca=Thai_sosua dcb=Thai_hohip dcc=Thai_lochula dcd=Thai_oang \
    dce=Thai_honokhuk dcf=Thai_paiyannoi dd0=Thai_saraa dd1=Thai_maihanakat dd2=Thai_saraaa dd3=Thai_saraam \
    dd4=Thai_sarai dd5=Thai_saraii dd6=Thai_saraue dd7=Thai_sarauee dd8=Thai_sarau dd9=Thai_sarauu dda=Thai_phinthu \
    dde=Thai_maihanakat_maitho ddf=Thai_baht de0=Thai_sarae de1=Thai_saraae de2=Thai_sarao de3=Thai_saraaimaimuan \
    de4=Thai_saraaimaimalai de5=Thai_lakkhangyao de6=Thai_maiyamok de7=Thai_maitaikhu de8=Thai_maiek de9=Thai_maitho \
    dea=Thai_maitri deb=Thai_maichattawa dec=Thai_thanthakhat ded=Thai_nikhahit df0=Thai_leksun df1=Thai_leknung \
    df2=Thai_leksong df3=Thai_leksam df4=Thai_leksi df5=Thai_lekha df6=Thai_lekhok df7=Thai_lekchet df8=Thai_lekpaet \
    df9=Thai_lekkao ea1=Hangul_Kiyeog ea2=Hangul_SsangKiyeog ea3=Hangul_KiyeogSios ea4=Hangul_Nieun \
    ea5=Hangul_NieunJieuj ea6=Hangul_NieunHieuh ea7=Hangul_Dikeud ea8=Hangul_SsangDikeud ea9=Hangul_Rieul \
    eaa=Hangul_RieulKiyeog eab=Hangul_RieulMieum eac=Hangul_RieulPieub ead=Hangul_RieulSios eae=Hangul_RieulTieut \
    eaf=Hangul_RieulPhieuf eb0=Hangul_RieulHieuh eb1=Hangul_Mieum eb2=Hangul_Pieub eb3=Hangul_SsangPieub \
    eb4=Hangul_PieubSios eb5=Hangul_Sios eb6=Hangul_SsangSios eb7=Hangul_Ieung eb8=Hangul_Jieuj \
    eb9=Hangul_SsangJieuj eba=Hangul_Cieuc ebb=Hangul_Khieuq ebc=Hangul_Tieut ebd=Hangul_Phieuf ebe=Hangul_Hieuh \
    ebf=Hangul_A ec0=Hangul_AE ec1=Hangul_YA ec2=Hangul_YAE ec3=Hangul_EO ec4=Hangul_E ec5=Hangul_YEO ec6=Hangul_YE \
    ec7=Hangul_O ec8=Hangul_WA ec9=Hangul_WAE eca=Hangul_OE ecb=Hangul_YO ecc=Hangul_U ecd=Hangul_WEO ece=Hangul_WE \
    ecf=Hangul_WI ed0=Hangul_YU ed1=Hangul_EU ed2=Hangul_YI ed3=Hangul_I ed4=Hangul_J_Kiyeog \
    ed5=Hangul_J_SsangKiyeog ed6=Hangul_J_KiyeogSios ed7=Hangul_J_Nieun ed8=Hangul_J_NieunJieuj \
    ed9=Hangul_J_NieunHieuh eda=Hangul_J_Dikeud edb=Hangul_J_Rieul edc=Hangul_J_RieulKiyeog edd=Hangul_J_RieulMieum \
    ede=Hangul_J_RieulPieub edf=Hangul_J_RieulSios ee0=Hangul_J_RieulTieut ee1=Hangul_J_RieulPhieuf \
    ee2=Hangul_J_RieulHieuh ee3=Hangul_J_Mieum ee4=Hangul_J_Pieub ee5=Hangul_J_PieubSios ee6=Hangul_J_Sios \
    ee7=Hangul_J_SsangSios ee8=Hangul_J_Ieung ee9=Hangul_J_Jieuj eea=Hangul_J_Cieuc eeb=Hangul_J_Khieuq \
    eec=Hangul_J_Tieut eed=Hangul_J_Phieuf eee=Hangul_J_Hieuh eef=Hangul_RieulYeorinHieuh \
    ef0=Hangul_SunkyeongeumMieum ef1=Hangul_SunkyeongeumPieub ef2=Hangul_PanSios ef3=Hangul_KkogjiDalrinIeung \
    ef4=Hangul_SunkyeongeumPhieuf ef5=Hangul_YeorinHieuh ef6=Hangul_AraeA ef7=Hangul_AraeAE ef8=Hangul_J_PanSios \
    ef9=Hangul_J_KkogjiDalrinIeung efa=Hangul_J_YeorinHieuh eff=Korean_Won 13bc=OE 13bd=oe 13be=Ydiaeresis \
    20ac=EuroSign fd01=3270_Duplicate fd02=3270_FieldMark fd03=3270_Right2 fd04=3270_Left2 fd05=3270_BackTab \
    fd06=3270_EraseEOF fd07=3270_EraseInput fd08=3270_Reset fd09=3270_Quit fd0a=3270_PA1 fd0b=3270_PA2 fd0c=3270_PA3 \
    fd0d=3270_Test fd0e=3270_Attn fd0f=3270_CursorBlink fd10=3270_AltCursor fd11=3270_KeyClick fd12=3270_Jump \
    fd13=3270_Ident fd14=3270_Rule fd15=3270_Copy fd16=3270_Play fd17=3270_Setup fd18=3270_Record \
    fd19=3270_ChangeScreen fd1a=3270_DeleteWord fd1b=3270_ExSelect fd1c=3270_CursorSelect fd1d=3270_PrintScreen \
    fd1e=3270_Enter fe01=ISO_Lock fe02=ISO_Level2_Latch fe03=ISO_Level3_Shift fe04=ISO_Level3_Latch \
    fe05=ISO_Level3_Lock fe06=ISO_Group_Latch fe07=ISO_Group_Lock fe08=ISO_Next_Group fe09=ISO_Next_Group_Lock \
    fe0a=ISO_Prev_Group fe0b=ISO_Prev_Group_Lock fe0c=ISO_First_Group fe0d=ISO_First_Group_Lock fe0e=ISO_Last_Group \
    fe0f=ISO_Last_Group_Lock fe11=ISO_Level5_Shift fe12=ISO_Level5_Latch fe13=ISO_Level5_Lock fe20=ISO_Left_Tab \
    fe21=ISO_Move_Line_Up fe22=ISO_Move_Line_Down fe23=ISO_Partial_Line_Up fe24=ISO_Partial_Line_Down \
    fe25=ISO_Partial_Space_Left fe26=ISO_Partial_Space_Right fe27=ISO_Set_Margin_Left fe28=ISO_Set_Margin_Right \
    fe29=ISO_Release_Margin_Left fe2a=ISO_Release_Margin_Right fe2b=ISO_Release_Both_Margins \
    fe2c=ISO_Fast_Cursor_Left fe2d=ISO_Fast_Cursor_Right fe2e=ISO_Fast_Cursor_Up fe2f=ISO_Fast_Cursor_Down \
    fe30=ISO_Continuous_Underline fe31=ISO_Discontinuous_Underline fe32=ISO_Emphasize fe33=ISO_Center_Object \
    fe34=ISO_Enter fe50=dead_grave fe51=dead_acute fe52=dead_circumflex fe53=dead_tilde fe53=dead_perispomeni \
    fe54=dead_macron fe55=dead_breve fe56=dead_abovedot fe57=dead_diaeresis fe58=dead_abovering \
    fe59=dead_doubleacute fe5a=dead_caron fe5b=dead_cedilla fe5c=dead_ogonek fe5d=dead_iota fe5e=dead_voiced_sound \
    fe5f=dead_semivoiced_sound fe60=dead_belowdot fe61=dead_hook fe62=dead_horn fe63=dead_stroke \
    fe64=dead_abovecomma fe64=dead_psili fe65=dead_abovereversedcomma fe65=dead_dasia fe66=dead_doublegrave \
    fe67=dead_belowring fe68=dead_belowmacron fe69=dead_belowcircumflex fe6a=dead_belowtilde fe6b=dead_belowbreve \
    fe6c=dead_belowdiaeresis fe6d=dead_invertedbreve fe6e=dead_belowcomma fe6f=dead_currency fe70=AccessX_Enable \
    fe71=AccessX_Feedback_Enable fe72=RepeatKeys_Enable fe73=SlowKeys_Enable fe74=BounceKeys_Enable \
    fe75=StickyKeys_Enable fe76=MouseKeys_Enable fe77=MouseKeys_Accel_Enable fe78=Overlay1_Enable \
    fe79=Overlay2_Enable fe7a=AudibleBell_Enable fe80=dead_a fe81=dead_A fe82=dead_e fe83=dead_E fe84=dead_i \
    fe85=dead_I fe86=dead_o fe87=dead_O fe88=dead_u fe89=dead_U fe8a=dead_small_schwa fe8b=dead_capital_schwa \
    fe8c=dead_greek fe90=dead_lowline fe91=dead_aboveverticalline fe92=dead_belowverticalline \
    fe93=dead_longsolidusoverlay fea0=ch fea1=Ch fea2=CH fea3=c_h fea4=C_h fea5=C_H fed0=First_Virtual_Screen \
    fed1=Prev_Virtual_Screen fed2=Next_Virtual_Screen fed4=Last_Virtual_Screen fed5=Terminate_Server \
    fee0=Pointer_Left fee1=Pointer_Right fee2=Pointer_Up fee3=Pointer_Down fee4=Pointer_UpLeft fee5=Pointer_UpRight \
    fee6=Pointer_DownLeft fee7=Pointer_DownRight fee8=Pointer_Button_Dflt fee9=Pointer_Button1 feea=Pointer_Button2 \
    feeb=Pointer_Button3 feec=Pointer_Button4 feed=Pointer_Button5 feee=Pointer_DblClick_Dflt feef=Pointer_DblClick1 \
    fef0=Pointer_DblClick2 fef1=Pointer_DblClick3 fef2=Pointer_DblClick4 fef3=Pointer_DblClick5 \
    fef4=Pointer_Drag_Dflt fef5=Pointer_Drag1 fef6=Pointer_Drag2 fef7=Pointer_Drag3 fef8=Pointer_Drag4 \
    fef9=Pointer_EnableKeys fefa=Pointer_Accelerate fefb=Pointer_DfltBtnNext fefc=Pointer_DfltBtnPrev \
    fefd=Pointer_Drag5 ff08=BackSpace ff09=Tab ff0a=Linefeed ff0b=Clear ff0d=Return ff13=Pause ff14=Scroll_Lock \
    ff15=Sys_Req ff1b=Escape ff20=Multi_key ff21=Kanji ff22=Muhenkan ff23=Henkan_Mode ff23=Henkan ff24=Romaji \
    ff25=Hiragana ff26=Katakana ff27=Hiragana_Katakana ff28=Zenkaku ff29=Hankaku ff2a=Zenkaku_Hankaku ff2b=Touroku \
    ff2c=Massyo ff2d=Kana_Lock ff2e=Kana_Shift ff2f=Eisu_Shift ff30=Eisu_toggle ff31=Hangul ff32=Hangul_Start \
    ff33=Hangul_End ff34=Hangul_Hanja ff35=Hangul_Jamo ff36=Hangul_Romaja ff37=Codeinput ff37=Kanji_Bangou \
    ff37=Hangul_Codeinput ff38=Hangul_Jeonja ff39=Hangul_Banja ff3a=Hangul_PreHanja ff3b=Hangul_PostHanja \
    ff3c=SingleCandidate ff3c=Hangul_SingleCandidate ff3d=MultipleCandidate ff3d=Zen_Koho \
    ff3d=Hangul_MultipleCandidate ff3e=PreviousCandidate ff3e=Mae_Koho ff3e=Hangul_PreviousCandidate \
    ff3f=Hangul_Special ff50=Home ff51=Left ff52=Up ff53=Right ff54=Down ff55=Prior ff55=Page_Up ff56=Next \
    ff56=Page_Down ff57=End ff58=Begin ff60=Select ff61=Print ff62=Execute ff63=Insert ff65=Undo ff66=Redo ff67=Menu \
    ff68=Find ff69=Cancel ff6a=Help ff6b=Break ff7e=Mode_switch ff7e=script_switch ff7e=ISO_Group_Shift \
    ff7e=kana_switch ff7e=Arabic_switch ff7e=Greek_switch ff7e=Hebrew_switch ff7e=Hangul_switch ff7f=Num_Lock \
    ff80=KP_Space ff89=KP_Tab ff8d=KP_Enter ff91=KP_F1 ff92=KP_F2 ff93=KP_F3 ff94=KP_F4 ff95=KP_Home ff96=KP_Left \
    ff97=KP_Up ff98=KP_Right ff99=KP_Down ff9a=KP_Prior ff9a=KP_Page_Up ff9b=KP_Next ff9b=KP_Page_Down ff9c=KP_End \
    ff9d=KP_Begin ff9e=KP_Insert ff9f=KP_Delete ffaa=KP_Multiply ffab=KP_Add ffac=KP_Separator ffad=KP_Subtract \
    ffae=KP_Decimal ffaf=KP_Divide ffb0=KP_0 ffb1=KP_1 ffb2=KP_2 ffb3=KP_3 ffb4=KP_4 ffb5=KP_5 ffb6=KP_6 ffb7=KP_7 \
    ffb8=KP_8 ffb9=KP_9 ffbd=KP_Equal ffbe=F1 ffbf=F2 ffc0=F3 ffc1=F4 ffc2=F5 ffc3=F6 ffc4=F7 ffc5=F8 ffc6=F9 \
    ffc7=F10 ffc8=F11 ffc8=L1 ffc9=F12 ffc9=L2 ffca=F13 ffca=L3 ffcb=F14 ffcb=L4 ffcc=F15 ffcc=L5 ffcd=F16 ffcd=L6 \
    ffce=F17 ffce=L7 ffcf=F18 ffcf=L8 ffd0=F19 ffd0=L9 ffd1=F20 ffd1=L10 ffd2=F21 ffd2=R1 ffd3=F22 ffd3=R2 ffd4=F23 \
    ffd4=R3 ffd5=F24 ffd5=R4 ffd6=F25 ffd6=R5 ffd7=F26 ffd7=R6 ffd8=F27 ffd8=R7 ffd9=F28 ffd9=R8 ffda=F29 ffda=R9 \
    ffdb=F30 ffdb=R10 ffdc=F31 ffdc=R11 ffdd=F32 ffdd=R12 ffde=F33 ffde=R13 ffdf=F34 ffdf=R14 ffe0=F35 ffe0=R15 \
    ffe1=Shift_L ffe2=Shift_R ffe3=Control_L ffe4=Control_R ffe5=Caps_Lock ffe6=Shift_Lock ffe7=Meta_L ffe8=Meta_R \
    ffe9=Alt_L ffea=Alt_R ffeb=Super_L ffec=Super_R ffed=Hyper_L ffee=Hyper_R fff1=braille_dot_1 fff2=braille_dot_2 \
    fff3=braille_dot_3 fff4=braille_dot_4 fff5=braille_dot_5 fff6=braille_dot_6 fff7=braille_dot_7 \
    fff8=braille_dot_8 fff9=braille_dot_9 fffa=braille_dot_10 ffff=Delete ffffff=VoidSymbol 100012c=Ibreve \
    100012d=ibreve 1000174=Wcircumflex 1000175=wcircumflex 1000176=Ycircumflex 1000177=ycircumflex 100018f=SCHWA \
    100019f=Obarred 10001a0=Ohorn 10001a1=ohorn 10001af=Uhorn 10001b0=uhorn 10001b5=Zstroke 10001b6=zstroke \
    10001b7=EZH 10001d1=Ocaron 10001d2=ocaron 10001e6=Gcaron 10001e7=gcaron 1000259=schwa 1000275=obarred \
    1000292=ezh 1000300=combining_grave 1000301=combining_acute 1000303=combining_tilde 1000309=combining_hook \
    1000323=combining_belowdot 1000492=Cyrillic_GHE_bar 1000493=Cyrillic_ghe_bar 1000496=Cyrillic_ZHE_descender \
    1000497=Cyrillic_zhe_descender 100049a=Cyrillic_KA_descender 100049b=Cyrillic_ka_descender \
    100049c=Cyrillic_KA_vertstroke 100049d=Cyrillic_ka_vertstroke 10004a2=Cyrillic_EN_descender \
    10004a3=Cyrillic_en_descender 10004ae=Cyrillic_U_straight 10004af=Cyrillic_u_straight \
    10004b0=Cyrillic_U_straight_bar 10004b1=Cyrillic_u_straight_bar 10004b2=Cyrillic_HA_descender \
    10004b3=Cyrillic_ha_descender 10004b6=Cyrillic_CHE_descender 10004b7=Cyrillic_che_descender \
    10004b8=Cyrillic_CHE_vertstroke 10004b9=Cyrillic_che_vertstroke 10004ba=Cyrillic_SHHA 10004bb=Cyrillic_shha \
    10004d8=Cyrillic_SCHWA 10004d9=Cyrillic_schwa 10004e2=Cyrillic_I_macron 10004e3=Cyrillic_i_macron \
    10004e8=Cyrillic_O_bar 10004e9=Cyrillic_o_bar 10004ee=Cyrillic_U_macron 10004ef=Cyrillic_u_macron \
    1000531=Armenian_AYB 1000532=Armenian_BEN 1000533=Armenian_GIM 1000534=Armenian_DA 1000535=Armenian_YECH \
    1000536=Armenian_ZA 1000537=Armenian_E 1000538=Armenian_AT 1000539=Armenian_TO 100053a=Armenian_ZHE \
    100053b=Armenian_INI 100053c=Armenian_LYUN 100053d=Armenian_KHE 100053e=Armenian_TSA 100053f=Armenian_KEN \
    1000540=Armenian_HO 1000541=Armenian_DZA 1000542=Armenian_GHAT 1000543=Armenian_TCHE 1000544=Armenian_MEN \
    1000545=Armenian_HI 1000546=Armenian_NU 1000547=Armenian_SHA 1000548=Armenian_VO 1000549=Armenian_CHA \
    100054a=Armenian_PE 100054b=Armenian_JE 100054c=Armenian_RA 100054d=Armenian_SE 100054e=Armenian_VEV \
    100054f=Armenian_TYUN 1000550=Armenian_RE 1000551=Armenian_TSO 1000552=Armenian_VYUN 1000553=Armenian_PYUR \
    1000554=Armenian_KE 1000555=Armenian_O 1000556=Armenian_FE 100055a=Armenian_apostrophe 100055b=Armenian_accent \
    100055b=Armenian_shesht 100055c=Armenian_exclam 100055c=Armenian_amanak 100055d=Armenian_separation_mark \
    100055d=Armenian_but 100055e=Armenian_question 100055e=Armenian_paruyk 1000561=Armenian_ayb 1000562=Armenian_ben \
    1000563=Armenian_gim 1000564=Armenian_da 1000565=Armenian_yech 1000566=Armenian_za 1000567=Armenian_e \
    1000568=Armenian_at 1000569=Armenian_to 100056a=Armenian_zhe 100056b=Armenian_ini 100056c=Armenian_lyun \
    100056d=Armenian_khe 100056e=Armenian_tsa 100056f=Armenian_ken 1000570=Armenian_ho 1000571=Armenian_dza \
    1000572=Armenian_ghat 1000573=Armenian_tche 1000574=Armenian_men 1000575=Armenian_hi 1000576=Armenian_nu \
    1000577=Armenian_sha 1000578=Armenian_vo 1000579=Armenian_cha 100057a=Armenian_pe 100057b=Armenian_je \
    100057c=Armenian_ra 100057d=Armenian_se 100057e=Armenian_vev 100057f=Armenian_tyun 1000580=Armenian_re \
    1000581=Armenian_tso 1000582=Armenian_vyun 1000583=Armenian_pyur 1000584=Armenian_ke 1000585=Armenian_o \
    1000586=Armenian_fe 1000587=Armenian_ligature_ew 1000589=Armenian_full_stop 1000589=Armenian_verjaket \
    100058a=Armenian_hyphen 100058a=Armenian_yentamna 1000653=Arabic_madda_above 1000654=Arabic_hamza_above \
    1000655=Arabic_hamza_below 1000660=Arabic_0 1000661=Arabic_1 1000662=Arabic_2 1000663=Arabic_3 1000664=Arabic_4 \
    1000665=Arabic_5 1000666=Arabic_6 1000667=Arabic_7 1000668=Arabic_8 1000669=Arabic_9 100066a=Arabic_percent \
    1000670=Arabic_superscript_alef 1000679=Arabic_tteh 100067e=Arabic_peh 1000686=Arabic_tcheh 1000688=Arabic_ddal \
    1000691=Arabic_rreh 1000698=Arabic_jeh 10006a4=Arabic_veh 10006a9=Arabic_keheh 10006af=Arabic_gaf \
    10006ba=Arabic_noon_ghunna 10006be=Arabic_heh_doachashmee 10006c1=Arabic_heh_goal 10006cc=Farsi_yeh \
    10006cc=Arabic_farsi_yeh 10006d2=Arabic_yeh_baree 10006d4=Arabic_fullstop 10006f0=Farsi_0 10006f1=Farsi_1 \
    10006f2=Farsi_2 10006f3=Farsi_3 10006f4=Farsi_4 10006f5=Farsi_5 10006f6=Farsi_6 10006f7=Farsi_7 10006f8=Farsi_8 \
    10006f9=Farsi_9 1000d82=Sinh_ng 1000d83=Sinh_h2 1000d85=Sinh_a 1000d86=Sinh_aa 1000d87=Sinh_ae 1000d88=Sinh_aee \
    1000d89=Sinh_i 1000d8a=Sinh_ii 1000d8b=Sinh_u 1000d8c=Sinh_uu 1000d8d=Sinh_ri 1000d8e=Sinh_rii 1000d8f=Sinh_lu \
    1000d90=Sinh_luu 1000d91=Sinh_e 1000d92=Sinh_ee 1000d93=Sinh_ai 1000d94=Sinh_o 1000d95=Sinh_oo 1000d96=Sinh_au \
    1000d9a=Sinh_ka 1000d9b=Sinh_kha 1000d9c=Sinh_ga 1000d9d=Sinh_gha 1000d9e=Sinh_ng2 1000d9f=Sinh_nga \
    1000da0=Sinh_ca 1000da1=Sinh_cha 1000da2=Sinh_ja 1000da3=Sinh_jha 1000da4=Sinh_nya 1000da5=Sinh_jnya \
    1000da6=Sinh_nja 1000da7=Sinh_tta 1000da8=Sinh_ttha 1000da9=Sinh_dda 1000daa=Sinh_ddha 1000dab=Sinh_nna \
    1000dac=Sinh_ndda 1000dad=Sinh_tha 1000dae=Sinh_thha 1000daf=Sinh_dha 1000db0=Sinh_dhha 1000db1=Sinh_na \
    1000db3=Sinh_ndha 1000db4=Sinh_pa 1000db5=Sinh_pha 1000db6=Sinh_ba 1000db7=Sinh_bha 1000db8=Sinh_ma \
    1000db9=Sinh_mba 1000dba=Sinh_ya 1000dbb=Sinh_ra 1000dbd=Sinh_la 1000dc0=Sinh_va 1000dc1=Sinh_sha \
    1000dc2=Sinh_ssha 1000dc3=Sinh_sa 1000dc4=Sinh_ha 1000dc5=Sinh_lla 1000dc6=Sinh_fa 1000dca=Sinh_al \
    1000dcf=Sinh_aa2 1000dd0=Sinh_ae2 1000dd1=Sinh_aee2 1000dd2=Sinh_i2 1000dd3=Sinh_ii2 1000dd4=Sinh_u2 \
    1000dd6=Sinh_uu2 1000dd8=Sinh_ru2 1000dd9=Sinh_e2 1000dda=Sinh_ee2 1000ddb=Sinh_ai2 1000ddc=Sinh_o2 \
    1000ddd=Sinh_oo2 1000dde=Sinh_au2 1000ddf=Sinh_lu2 1000df2=Sinh_ruu2 1000df3=Sinh_luu2 1000df4=Sinh_kunddaliya \
    10010d0=Georgian_an 10010d1=Georgian_ban 10010d2=Georgian_gan 10010d3=Georgian_don 10010d4=Georgian_en \
    10010d5=Georgian_vin 10010d6=Georgian_zen 10010d7=Georgian_tan 10010d8=Georgian_in 10010d9=Georgian_kan \
    10010da=Georgian_las 10010db=Georgian_man 10010dc=Georgian_nar 10010dd=Georgian_on 10010de=Georgian_par \
    10010df=Georgian_zhar 10010e0=Georgian_rae 10010e1=Georgian_san 10010e2=Georgian_tar 10010e3=Georgian_un \
    10010e4=Georgian_phar 10010e5=Georgian_khar 10010e6=Georgian_ghan 10010e7=Georgian_qar 10010e8=Georgian_shin \
    10010e9=Georgian_chin 10010ea=Georgian_can 10010eb=Georgian_jil 10010ec=Georgian_cil 10010ed=Georgian_char \
    10010ee=Georgian_xan 10010ef=Georgian_jhan 10010f0=Georgian_hae 10010f1=Georgian_he 10010f2=Georgian_hie \
    10010f3=Georgian_we 10010f4=Georgian_har 10010f5=Georgian_hoe 10010f6=Georgian_fi 1001e02=Babovedot \
    1001e03=babovedot 1001e0a=Dabovedot 1001e0b=dabovedot 1001e1e=Fabovedot 1001e1f=fabovedot 1001e36=Lbelowdot \
    1001e37=lbelowdot 1001e40=Mabovedot 1001e41=mabovedot 1001e56=Pabovedot 1001e57=pabovedot 1001e60=Sabovedot \
    1001e61=sabovedot 1001e6a=Tabovedot 1001e6b=tabovedot 1001e80=Wgrave 1001e81=wgrave 1001e82=Wacute \
    1001e83=wacute 1001e84=Wdiaeresis 1001e85=wdiaeresis 1001e8a=Xabovedot 1001e8b=xabovedot 1001ea0=Abelowdot \
    1001ea1=abelowdot 1001ea2=Ahook 1001ea3=ahook 1001ea4=Acircumflexacute 1001ea5=acircumflexacute \
    1001ea6=Acircumflexgrave 1001ea7=acircumflexgrave 1001ea8=Acircumflexhook 1001ea9=acircumflexhook \
    1001eaa=Acircumflextilde 1001eab=acircumflextilde 1001eac=Acircumflexbelowdot 1001ead=acircumflexbelowdot \
    1001eae=Abreveacute 1001eaf=abreveacute 1001eb0=Abrevegrave 1001eb1=abrevegrave 1001eb2=Abrevehook \
    1001eb3=abrevehook 1001eb4=Abrevetilde 1001eb5=abrevetilde 1001eb6=Abrevebelowdot 1001eb7=abrevebelowdot \
    1001eb8=Ebelowdot 1001eb9=ebelowdot 1001eba=Ehook 1001ebb=ehook 1001ebc=Etilde 1001ebd=etilde \
    1001ebe=Ecircumflexacute 1001ebf=ecircumflexacute 1001ec0=Ecircumflexgrave 1001ec1=ecircumflexgrave \
    1001ec2=Ecircumflexhook 1001ec3=ecircumflexhook 1001ec4=Ecircumflextilde 1001ec5=ecircumflextilde \
    1001ec6=Ecircumflexbelowdot 1001ec7=ecircumflexbelowdot 1001ec8=Ihook 1001ec9=ihook 1001eca=Ibelowdot \
    1001ecb=ibelowdot 1001ecc=Obelowdot 1001ecd=obelowdot 1001ece=Ohook 1001ecf=ohook 1001ed0=Ocircumflexacute \
    1001ed1=ocircumflexacute 1001ed2=Ocircumflexgrave 1001ed3=ocircumflexgrave 1001ed4=Ocircumflexhook \
    1001ed5=ocircumflexhook 1001ed6=Ocircumflextilde 1001ed7=ocircumflextilde 1001ed8=Ocircumflexbelowdot \
    1001ed9=ocircumflexbelowdot 1001eda=Ohornacute 1001edb=ohornacute 1001edc=Ohorngrave 1001edd=ohorngrave \
    1001ede=Ohornhook 1001edf=ohornhook 1001ee0=Ohorntilde 1001ee1=ohorntilde 1001ee2=Ohornbelowdot \
    1001ee3=ohornbelowdot 1001ee4=Ubelowdot 1001ee5=ubelowdot 1001ee6=Uhook 1001ee7=uhook 1001ee8=Uhornacute \
    1001ee9=uhornacute 1001eea=Uhorngrave 1001eeb=uhorngrave 1001eec=Uhornhook 1001eed=uhornhook 1001eee=Uhorntilde \
    1001eef=uhorntilde 1001ef0=Uhornbelowdot 1001ef1=uhornbelowdot 1001ef2=Ygrave 1001ef3=ygrave 1001ef4=Ybelowdot \
    1001ef5=ybelowdot 1001ef6=Yhook 1001ef7=yhook 1001ef8=Ytilde 1001ef9=ytilde 1002070=zerosuperior \
    1002074=foursuperior 1002075=fivesuperior 1002076=sixsuperior 1002077=sevensuperior 1002078=eightsuperior \
    1002079=ninesuperior 1002080=zerosubscript 1002081=onesubscript 1002082=twosubscript 1002083=threesubscript \
    1002084=foursubscript 1002085=fivesubscript 1002086=sixsubscript 1002087=sevensubscript 1002088=eightsubscript \
    1002089=ninesubscript 10020a0=EcuSign 10020a1=ColonSign 10020a2=CruzeiroSign 10020a3=FFrancSign 10020a4=LiraSign \
    10020a5=MillSign 10020a6=NairaSign 10020a7=PesetaSign 10020a8=RupeeSign 10020a9=WonSign 10020aa=NewSheqelSign \
    10020ab=DongSign 1002202=partdifferential 1002205=emptyset 1002208=elementof 1002209=notelementof \
    100220b=containsas 100221a=squareroot 100221b=cuberoot 100221c=fourthroot 100222c=dintegral 100222d=tintegral \
    1002235=because 1002247=notapproxeq 1002248=approxeq 1002262=notidentical 1002263=stricteq 1002800=braille_blank \
    1002801=braille_dots_1 1002802=braille_dots_2 1002803=braille_dots_12 1002804=braille_dots_3 \
    1002805=braille_dots_13 1002806=braille_dots_23 1002807=braille_dots_123 1002808=braille_dots_4 \
    1002809=braille_dots_14 100280a=braille_dots_24 100280b=braille_dots_124 100280c=braille_dots_34 \
    100280d=braille_dots_134 100280e=braille_dots_234 100280f=braille_dots_1234 1002810=braille_dots_5 \
    1002811=braille_dots_15 1002812=braille_dots_25 1002813=braille_dots_125 1002814=braille_dots_35 \
    1002815=braille_dots_135 1002816=braille_dots_235 1002817=braille_dots_1235 1002818=braille_dots_45 \
    1002819=braille_dots_145 100281a=braille_dots_245 100281b=braille_dots_1245 100281c=braille_dots_345 \
    100281d=braille_dots_1345 100281e=braille_dots_2345 100281f=braille_dots_12345 1002820=braille_dots_6 \
    1002821=braille_dots_16 1002822=braille_dots_26 1002823=braille_dots_126 1002824=braille_dots_36 \
    1002825=braille_dots_136 1002826=braille_dots_236 1002827=braille_dots_1236 1002828=braille_dots_46 \
    1002829=braille_dots_146 100282a=braille_dots_246 100282b=braille_dots_1246 100282c=braille_dots_346 \
    100282d=braille_dots_1346 100282e=braille_dots_2346 100282f=braille_dots_12346 1002830=braille_dots_56 \
    1002831=braille_dots_156 1002832=braille_dots_256 1002833=braille_dots_1256 1002834=braille_dots_356 \
    1002835=braille_dots_1356 1002836=braille_dots_2356 1002837=braille_dots_12356 1002838=braille_dots_456 \
    1002839=braille_dots_1456 100283a=braille_dots_2456 100283b=braille_dots_12456 100283c=braille_dots_3456 \
    100283d=braille_dots_13456 100283e=braille_dots_23456 100283f=braille_dots_123456 1002840=braille_dots_7 \
    1002841=braille_dots_17 1002842=braille_dots_27 1002843=braille_dots_127 1002844=braille_dots_37 \
    1002845=braille_dots_137 1002846=braille_dots_237 1002847=braille_dots_1237 1002848=braille_dots_47 \
    1002849=braille_dots_147 100284a=braille_dots_247 100284b=braille_dots_1247 100284c=braille_dots_347 \
    100284d=braille_dots_1347 100284e=braille_dots_2347 100284f=braille_dots_12347 1002850=braille_dots_57 \
    1002851=braille_dots_157 1002852=braille_dots_257 1002853=braille_dots_1257 1002854=braille_dots_357 \
    1002855=braille_dots_1357 1002856=braille_dots_2357 1002857=braille_dots_12357 1002858=braille_dots_457 \
    1002859=braille_dots_1457 100285a=braille_dots_2457 100285b=braille_dots_12457 100285c=braille_dots_3457 \
    100285d=braille_dots_13457 100285e=braille_dots_23457 100285f=braille_dots_123457 1002860=braille_dots_67 \
    1002861=braille_dots_167 1002862=braille_dots_267 1002863=braille_dots_1267 1002864=braille_dots_367 \
    1002865=braille_dots_1367 1002866=braille_dots_2367 1002867=braille_dots_12367 1002868=braille_dots_467 \
    1002869=braille_dots_1467 100286a=braille_dots_2467 100286b=braille_dots_12467 100286c=braille_dots_3467 \
    100286d=braille_dots_13467 100286e=braille_dots_23467 100286f=braille_dots_123467 1002870=braille_dots_567 \
    1002871=braille_dots_1567 1002872=braille_dots_2567 1002873=braille_dots_12567 1002874=braille_dots_3567 \
    1002875=braille_dots_13567 1002876=braille_dots_23567 1002877=braille_dots_123567 1002878=braille_dots_4567 \
    1002879=braille_dots_14567 100287a=braille_dots_24567 100287b=braille_dots_124567 100287c=braille_dots_34567 \
    100287d=braille_dots_134567 100287e=braille_dots_234567 100287f=braille_dots_1234567 1002880=braille_dots_8 \
    1002881=braille_dots_18 1002882=braille_dots_28 1002883=braille_dots_128 1002884=braille_dots_38 \
    1002885=braille_dots_138 1002886=braille_dots_238 1002887=braille_dots_1238 1002888=braille_dots_48 \
    1002889=braille_dots_148 100288a=braille_dots_248 100288b=braille_dots_1248 100288c=braille_dots_348 \
    100288d=braille_dots_1348 100288e=braille_dots_2348 100288f=braille_dots_12348 1002890=braille_dots_58 \
    1002891=braille_dots_158 1002892=braille_dots_258 1002893=braille_dots_1258 1002894=braille_dots_358 \
    1002895=braille_dots_1358 1002896=braille_dots_2358 1002897=braille_dots_12358 1002898=braille_dots_458 \
    1002899=braille_dots_1458 100289a=braille_dots_2458 100289b=braille_dots_12458 100289c=braille_dots_3458 \
    100289d=braille_dots_13458 100289e=braille_dots_23458 100289f=braille_dots_123458 10028a0=braille_dots_68 \
    10028a1=braille_dots_168 10028a2=braille_dots_268 10028a3=braille_dots_1268 10028a4=braille_dots_368 \
    10028a5=braille_dots_1368 10028a6=braille_dots_2368 10028a7=braille_dots_12368 10028a8=braille_dots_468 \
    10028a9=braille_dots_1468 10028aa=braille_dots_2468 10028ab=braille_dots_12468 10028ac=braille_dots_3468 \
    10028ad=braille_dots_13468 10028ae=braille_dots_23468 10028af=braille_dots_123468 10028b0=braille_dots_568 \
    10028b1=braille_dots_1568 10028b2=braille_dots_2568 10028b3=braille_dots_12568 10028b4=braille_dots_3568 \
    10028b5=braille_dots_13568 10028b6=braille_dots_23568 10028b7=braille_dots_123568 10028b8=braille_dots_4568 \
    10028b9=braille_dots_14568 10028ba=braille_dots_24568 10028bb=braille_dots_124568 10028bc=braille_dots_34568 \
    10028bd=braille_dots_134568 10028be=braille_dots_234568 10028bf=braille_dots_1234568 10028c0=braille_dots_78 \
    10028c1=braille_dots_178 10028c2=braille_dots_278 10028c3=braille_dots_1278 10028c4=braille_dots_378 \
    10028c5=braille_dots_1378 10028c6=braille_dots_2378 10028c7=braille_dots_12378 10028c8=braille_dots_478 \
    10028c9=braille_dots_1478 10028ca=braille_dots_2478 10028cb=braille_dots_12478 10028cc=braille_dots_3478 \
    10028cd=braille_dots_13478 10028ce=braille_dots_23478 10028cf=braille_dots_123478 10028d0=braille_dots_578 \
    10028d1=braille_dots_1578 10028d2=braille_dots_2578 10028d3=braille_dots_12578 10028d4=braille_dots_3578 \
    10028d5=braille_dots_13578 10028d6=braille_dots_23578 10028d7=braille_dots_123578 10028d8=braille_dots_4578 \
    10028d9=braille_dots_14578 10028da=braille_dots_24578 10028db=braille_dots_124578 10028dc=braille_dots_34578 \
    10028dd=braille_dots_134578 10028de=braille_dots_234578 10028df=braille_dots_1234578 10028e0=braille_dots_678 \
    10028e1=braille_dots_1678 10028e2=braille_dots_2678 10028e3=braille_dots_12678 10028e4=braille_dots_3678 \
    10028e5=braille_dots_13678 10028e6=braille_dots_23678 10028e7=braille_dots_123678 10028e8=braille_dots_4678 \
    10028e9=braille_dots_14678 10028ea=braille_dots_24678 10028eb=braille_dots_124678 10028ec=braille_dots_34678 \
    10028ed=braille_dots_134678 10028ee=braille_dots_234678 10028ef=braille_dots_1234678 10028f0=braille_dots_5678 \
    10028f1=braille_dots_15678 10028f2=braille_dots_25678 10028f3=braille_dots_125678 10028f4=braille_dots_35678 \
    10028f5=braille_dots_135678 10028f6=braille_dots_235678 10028f7=braille_dots_1235678 10028f8=braille_dots_45678 \
    10028f9=braille_dots_145678 10028fa=braille_dots_245678 10028fb=braille_dots_1245678 10028fc=braille_dots_345678 \
    10028fd=braille_dots_1345678 10028fe=braille_dots_2345678 10028ff=braille_dots_12345678 \
    100810f4=XF86BrightnessAuto 100810f5=XF86DisplayOff 10081166=XF86Info 10081177=XF86AspectRatio 10081185=XF86DVD \
    10081188=XF86Audio 10081192=XF86ChannelUp 10081193=XF86ChannelDown 1008119b=XF86Break 100811a0=XF86VideoPhone \
    100811a4=XF86ZoomReset 100811a6=XF86Editor 100811a8=XF86GraphicsEditor 100811a9=XF86Presentation \
    100811aa=XF86Database 100811ac=XF86Voicemail 100811ad=XF86Addressbook 100811af=XF86DisplayToggle \
    100811b0=XF86SpellCheck 100811b6=XF86ContextMenu 100811b7=XF86MediaRepeat 100811b8=XF8610ChannelsUp \
    100811b9=XF8610ChannelsDown 100811ba=XF86Images 100811bc=XF86NotificationCenter 100811bd=XF86PickupPhone \
    100811be=XF86HangupPhone 100811d0=XF86Fn 100811d1=XF86Fn_Esc 100811e5=XF86FnRightShift 10081200=XF86Numeric0 \
    10081201=XF86Numeric1 10081202=XF86Numeric2 10081203=XF86Numeric3 10081204=XF86Numeric4 10081205=XF86Numeric5 \
    10081206=XF86Numeric6 10081207=XF86Numeric7 10081208=XF86Numeric8 10081209=XF86Numeric9 1008120a=XF86NumericStar \
    1008120b=XF86NumericPound 1008120c=XF86NumericA 1008120d=XF86NumericB 1008120e=XF86NumericC \
    1008120f=XF86NumericD 10081210=XF86CameraFocus 10081211=XF86WPSButton 10081215=XF86CameraZoomIn \
    10081216=XF86CameraZoomOut 10081217=XF86CameraUp 10081218=XF86CameraDown 10081219=XF86CameraLeft \
    1008121a=XF86CameraRight 1008121b=XF86AttendantOn 1008121c=XF86AttendantOff 1008121d=XF86AttendantToggle \
    1008121e=XF86LightsToggle 10081230=XF86ALSToggle 10081240=XF86Buttonconfig 10081241=XF86Taskmanager \
    10081242=XF86Journal 10081243=XF86ControlPanel 10081244=XF86AppSelect 10081245=XF86Screensaver \
    10081246=XF86VoiceCommand 10081247=XF86Assistant 10081249=XF86EmojiPicker 1008124a=XF86Dictate \
    10081250=XF86BrightnessMin 10081251=XF86BrightnessMax 10081260=XF86KbdInputAssistPrev \
    10081261=XF86KbdInputAssistNext 10081262=XF86KbdInputAssistPrevgroup 10081263=XF86KbdInputAssistNextgroup \
    10081264=XF86KbdInputAssistAccept 10081265=XF86KbdInputAssistCancel 10081266=XF86RightUp 10081267=XF86RightDown \
    10081268=XF86LeftUp 10081269=XF86LeftDown 1008126a=XF86RootMenu 1008126b=XF86MediaTopMenu 1008126c=XF86Numeric11 \
    1008126d=XF86Numeric12 1008126e=XF86AudioDesc 1008126f=XF863DMode 10081270=XF86NextFavorite \
    10081271=XF86StopRecord 10081272=XF86PauseRecord 10081273=XF86VOD 10081274=XF86Unmute 10081275=XF86FastReverse \
    10081276=XF86SlowReverse 10081277=XF86Data 10081278=XF86OnScreenKeyboard 10081279=XF86PrivacyScreenToggle \
    1008127a=XF86SelectiveScreenshot 10081290=XF86Macro1 10081291=XF86Macro2 10081292=XF86Macro3 10081293=XF86Macro4 \
    10081294=XF86Macro5 10081295=XF86Macro6 10081296=XF86Macro7 10081297=XF86Macro8 10081298=XF86Macro9 \
    10081299=XF86Macro10 1008129a=XF86Macro11 1008129b=XF86Macro12 1008129c=XF86Macro13 1008129d=XF86Macro14 \
    1008129e=XF86Macro15 1008129f=XF86Macro16 100812a0=XF86Macro17 100812a1=XF86Macro18 100812a2=XF86Macro19 \
    100812a3=XF86Macro20 100812a4=XF86Macro21 100812a5=XF86Macro22 100812a6=XF86Macro23 100812a7=XF86Macro24 \
    100812a8=XF86Macro25 100812a9=XF86Macro26 100812aa=XF86Macro27 100812ab=XF86Macro28 100812ac=XF86Macro29 \
    100812ad=XF86Macro30 100812b0=XF86MacroRecordStart 100812b1=XF86MacroRecordStop 100812b2=XF86MacroPresetCycle \
    100812b3=XF86MacroPreset1 100812b4=XF86MacroPreset2 100812b5=XF86MacroPreset3 100812b8=XF86KbdLcdMenu1 \
    100812b9=XF86KbdLcdMenu2 100812ba=XF86KbdLcdMenu3 100812bb=XF86KbdLcdMenu4 100812bc=XF86KbdLcdMenu5 \
    1008fe01=XF86Switch_VT_1 1008fe02=XF86Switch_VT_2 1008fe03=XF86Switch_VT_3 1008fe04=XF86Switch_VT_4 \
    1008fe05=XF86Switch_VT_5 1008fe06=XF86Switch_VT_6 1008fe07=XF86Switch_VT_7 1008fe08=XF86Switch_VT_8 \
    1008fe09=XF86Switch_VT_9 1008fe0a=XF86Switch_VT_10 1008fe0b=XF86Switch_VT_11 1008fe0c=XF86Switch_VT_12 \
    1008fe20=XF86Ungrab 1008fe21=XF86ClearGrab 1008fe22=XF86Next_VMode 1008fe23=XF86Prev_VMode \
    1008fe24=XF86LogWindowTree 1008fe25=XF86LogGrabInfo 1008ff01=XF86ModeLock 1008ff02=XF86MonBrightnessUp \
    1008ff03=XF86MonBrightnessDown 1008ff04=XF86KbdLightOnOff 1008ff05=XF86KbdBrightnessUp \
    1008ff06=XF86KbdBrightnessDown 1008ff07=XF86MonBrightnessCycle 1008ff10=XF86Standby \
    1008ff11=XF86AudioLowerVolume 1008ff12=XF86AudioMute 1008ff13=XF86AudioRaiseVolume 1008ff14=XF86AudioPlay \
    1008ff15=XF86AudioStop 1008ff16=XF86AudioPrev 1008ff17=XF86AudioNext 1008ff18=XF86HomePage 1008ff19=XF86Mail \
    1008ff1a=XF86Start 1008ff1b=XF86Search 1008ff1c=XF86AudioRecord 1008ff1d=XF86Calculator 1008ff1e=XF86Memo \
    1008ff1f=XF86ToDoList 1008ff20=XF86Calendar 1008ff21=XF86PowerDown 1008ff22=XF86ContrastAdjust \
    1008ff23=XF86RockerUp 1008ff24=XF86RockerDown 1008ff25=XF86RockerEnter 1008ff26=XF86Back 1008ff27=XF86Forward \
    1008ff28=XF86Stop 1008ff29=XF86Refresh 1008ff2a=XF86PowerOff 1008ff2b=XF86WakeUp 1008ff2c=XF86Eject \
    1008ff2d=XF86ScreenSaver 1008ff2e=XF86WWW 1008ff2f=XF86Sleep 1008ff30=XF86Favorites 1008ff31=XF86AudioPause \
    1008ff32=XF86AudioMedia 1008ff33=XF86MyComputer 1008ff34=XF86VendorHome 1008ff35=XF86LightBulb 1008ff36=XF86Shop \
    1008ff37=XF86History 1008ff38=XF86OpenURL 1008ff39=XF86AddFavorite 1008ff3a=XF86HotLinks \
    1008ff3b=XF86BrightnessAdjust 1008ff3c=XF86Finance 1008ff3d=XF86Community 1008ff3e=XF86AudioRewind \
    1008ff3f=XF86BackForward 1008ff40=XF86Launch0 1008ff41=XF86Launch1 1008ff42=XF86Launch2 1008ff43=XF86Launch3 \
    1008ff44=XF86Launch4 1008ff45=XF86Launch5 1008ff46=XF86Launch6 1008ff47=XF86Launch7 1008ff48=XF86Launch8 \
    1008ff49=XF86Launch9 1008ff4a=XF86LaunchA 1008ff4b=XF86LaunchB 1008ff4c=XF86LaunchC 1008ff4d=XF86LaunchD \
    1008ff4e=XF86LaunchE 1008ff4f=XF86LaunchF 1008ff50=XF86ApplicationLeft 1008ff51=XF86ApplicationRight \
    1008ff52=XF86Book 1008ff53=XF86CD 1008ff54=XF86Calculater 1008ff55=XF86Clear 1008ff56=XF86Close \
    1008ff57=XF86Copy 1008ff58=XF86Cut 1008ff59=XF86Display 1008ff5a=XF86DOS 1008ff5b=XF86Documents \
    1008ff5c=XF86Excel 1008ff5d=XF86Explorer 1008ff5e=XF86Game 1008ff5f=XF86Go 1008ff60=XF86iTouch \
    1008ff61=XF86LogOff 1008ff62=XF86Market 1008ff63=XF86Meeting 1008ff65=XF86MenuKB 1008ff66=XF86MenuPB \
    1008ff67=XF86MySites 1008ff68=XF86New 1008ff69=XF86News 1008ff6a=XF86OfficeHome 1008ff6b=XF86Open \
    1008ff6c=XF86Option 1008ff6d=XF86Paste 1008ff6e=XF86Phone 1008ff70=XF86Q 1008ff72=XF86Reply 1008ff73=XF86Reload \
    1008ff74=XF86RotateWindows 1008ff75=XF86RotationPB 1008ff76=XF86RotationKB 1008ff77=XF86Save \
    1008ff78=XF86ScrollUp 1008ff79=XF86ScrollDown 1008ff7a=XF86ScrollClick 1008ff7b=XF86Send 1008ff7c=XF86Spell \
    1008ff7d=XF86SplitScreen 1008ff7e=XF86Support 1008ff7f=XF86TaskPane 1008ff80=XF86Terminal 1008ff81=XF86Tools \
    1008ff82=XF86Travel 1008ff84=XF86UserPB 1008ff85=XF86User1KB 1008ff86=XF86User2KB 1008ff87=XF86Video \
    1008ff88=XF86WheelButton 1008ff89=XF86Word 1008ff8a=XF86Xfer 1008ff8b=XF86ZoomIn 1008ff8c=XF86ZoomOut \
    1008ff8d=XF86Away 1008ff8e=XF86Messenger 1008ff8f=XF86WebCam 1008ff90=XF86MailForward 1008ff91=XF86Pictures \
    1008ff92=XF86Music 1008ff93=XF86Battery 1008ff94=XF86Bluetooth 1008ff95=XF86WLAN 1008ff96=XF86UWB \
    1008ff97=XF86AudioForward 1008ff98=XF86AudioRepeat 1008ff99=XF86AudioRandomPlay 1008ff9a=XF86Subtitle \
    1008ff9b=XF86AudioCycleTrack 1008ff9c=XF86CycleAngle 1008ff9d=XF86FrameBack 1008ff9e=XF86FrameForward \
    1008ff9f=XF86Time 1008ffa0=XF86Select 1008ffa1=XF86View 1008ffa2=XF86TopMenu 1008ffa3=XF86Red 1008ffa4=XF86Green \
    1008ffa5=XF86Yellow 1008ffa6=XF86Blue 1008ffa7=XF86Suspend 1008ffa8=XF86Hibernate 1008ffa9=XF86TouchpadToggle \
    1008ffb0=XF86TouchpadOn 1008ffb1=XF86TouchpadOff 1008ffb2=XF86AudioMicMute 1008ffb3=XF86Keyboard \
    1008ffb4=XF86WWAN 1008ffb5=XF86RFKill 1008ffb6=XF86AudioPreset 1008ffb7=XF86RotationLockToggle \
    1008ffb8=XF86FullScreen";
